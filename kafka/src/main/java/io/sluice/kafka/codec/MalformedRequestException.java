package io.sluice.kafka.codec;

/** Bytes that are no request we serve; they cost the sender the connection. */
public final class MalformedRequestException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    public MalformedRequestException(String message) {
        // Made for hostile bytes, perhaps many times a second: without a stack trace.
        super(message, null, false, false);
    }
}
