package io.sluice.core.schedule;

import java.nio.ByteBuffer;

/** Records one after the other, as a batch holds them. Owned by one thread. */
final class RecordBuffer {

    private static final int FIRST_CAPACITY = 1024;
    private static final int MAX_NUMBERS_BYTES = 32;

    private ByteBuffer bytes = ByteBuffer.allocate(FIRST_CAPACITY);

    int size() {
        return bytes.position();
    }

    /**
     * Adds a record with another offset.
     *
     * @param fields all that stands behind the offset
     */
    void add(long timestampDelta, int offsetDelta, ByteBuffer fields) {
        int body = 1 + size(timestampDelta) + size(offsetDelta) + fields.remaining();
        begin(body, timestampDelta, offsetDelta);
        bytes.put(fields);
    }

    /** Adds a record without headers. */
    void add(long timestampDelta, int offsetDelta, byte[] key, byte[] value) {
        int body = 1 + size(timestampDelta) + size(offsetDelta);
        body = Math.addExact(body + size(key.length) + key.length + size(value.length), 1);
        begin(Math.addExact(body, value.length), timestampDelta, offsetDelta);
        put(key.length);
        bytes.put(key);
        put(value.length);
        bytes.put(value);
        put(0L); // headers
    }

    private void begin(int body, long timestampDelta, int offsetDelta) {
        reserve(Math.addExact(body, MAX_NUMBERS_BYTES));
        put(body);
        bytes.put((byte) 0); // attributes
        put(timestampDelta);
        put(offsetDelta);
    }

    /** What was added; it is empty afterwards. */
    ByteBuffer take() {
        ByteBuffer taken = bytes.flip();
        bytes = ByteBuffer.allocate(FIRST_CAPACITY);
        return taken;
    }

    private void reserve(int more) {
        if (bytes.remaining() < more) {
            int needed = Math.addExact(bytes.position(), more);
            int grown = (int) Math.min(Integer.MAX_VALUE - 8L, 2L * bytes.capacity());
            bytes = ByteBuffer.allocate(Math.max(needed, grown)).put(bytes.flip());
        }
    }

    /** Small numbers take the same bytes as an int and as a long. */
    private void put(long value) {
        long left = (value << 1) ^ (value >> 63);
        while ((left & ~0x7fL) != 0) {
            bytes.put((byte) (left & 0x7f | 0x80));
            left >>>= 7;
        }
        bytes.put((byte) left);
    }

    private static int size(long value) {
        long left = (value << 1) ^ (value >> 63);
        int size = 1;
        while ((left & ~0x7fL) != 0) {
            size++;
            left >>>= 7;
        }
        return size;
    }
}
