package io.sluice.core.model;

import java.nio.ByteBuffer;
import java.util.Base64;

/**
 * A 128-bit identity, written as Kafka writes it: URL-safe base64 of the sixteen bytes, without
 * padding. Made outside the core, where randomness lives, and passed in.
 */
public record Uuid(long high, long low) implements Comparable<Uuid> {

    /** No identity. */
    public static final Uuid ZERO = new Uuid(0L, 0L);

    /**
     * Reads what {@link #toString()} wrote.
     *
     * @throws IllegalArgumentException if the text is not sixteen bytes of URL-safe base64
     */
    public static Uuid parse(String text) {
        byte[] bytes = Base64.getUrlDecoder().decode(text);
        if (bytes.length != 16) {
            throw new IllegalArgumentException("not a 16-byte identity: " + text);
        }
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        return new Uuid(buffer.getLong(), buffer.getLong());
    }

    @Override
    public int compareTo(Uuid other) {
        int byHigh = Long.compareUnsigned(high, other.high);
        return byHigh != 0 ? byHigh : Long.compareUnsigned(low, other.low);
    }

    @Override
    public String toString() {
        byte[] bytes = ByteBuffer.allocate(16).putLong(high).putLong(low).array();
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }
}
