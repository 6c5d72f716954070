package io.sluice.kafka.peer;

import io.sluice.kafka.codec.BoundedReadable;
import io.sluice.kafka.codec.MalformedRequestException;
import io.sluice.transport.Frame;
import java.io.IOException;
import org.apache.kafka.common.protocol.ApiMessage;

/** What another broker answered, not yet read. Records lie in the frame until it is released. */
public final class PeerAnswer {

    private final BoundedReadable body;
    private final short version;
    private final Frame frame;

    PeerAnswer(BoundedReadable body, short version, Frame frame) {
        this.body = body;
        this.version = version;
        this.frame = frame;
    }

    /**
     * Reads it into an empty message; once.
     *
     * @throws IOException if these bytes are no such answer
     */
    public <T extends ApiMessage> T readInto(T empty) throws IOException {
        try {
            empty.read(body, version);
            return empty;
        } catch (MalformedRequestException | IllegalArgumentException | IllegalStateException e) {
            throw new IOException("not an answer: " + e.getMessage(), e);
        }
    }

    /** Gives the bytes back; once. */
    public void release() {
        frame.release();
    }
}
