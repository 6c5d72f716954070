package io.sluice.engine.metadata;

import io.sluice.core.model.ErrorCode;
import java.io.IOException;

/** A change of voters that is not possible; the message says why, and what would be. */
public final class VoterChangeException extends IOException {

    private static final long serialVersionUID = 1L;

    private final ErrorCode error;

    public VoterChangeException(ErrorCode error, String message) {
        super(message);
        this.error = error;
    }

    public ErrorCode error() {
        return error;
    }
}
