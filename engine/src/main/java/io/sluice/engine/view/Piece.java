package io.sluice.engine.view;

import io.sluice.core.model.ErrorCode;
import java.nio.ByteBuffer;

/**
 * What a view answers.
 *
 * @param error why there is nothing; only what fetching clients know, or what is to stop them
 * @param records batches, whose last one ends where the view was looked through to; empty if there
 *     is nothing to tell now, and it is to be asked again a little later
 */
public record Piece(ErrorCode error, ByteBuffer records) {

    /** Nothing now: what it needs is not there, or has no room, yet. */
    public static final Piece LATER = new Piece(ErrorCode.NONE, ByteBuffer.allocate(0));

    /** An error that is not NONE. */
    public static Piece refused(ErrorCode error) {
        return new Piece(error, ByteBuffer.allocate(0));
    }
}
