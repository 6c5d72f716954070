package io.sluice.core.record;

/** Bytes that claim to be records and are not. */
public final class RecordFormatException extends Exception {

    private static final long serialVersionUID = 1L;

    public RecordFormatException(String message) {
        super(message);
    }
}
