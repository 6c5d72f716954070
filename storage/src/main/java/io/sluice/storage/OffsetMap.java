package io.sluice.storage;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * The newest offset of each key, in memory of a fixed size: sixteen bytes of the key's SHA-256 and
 * eight of the offset, open addressing. Two keys that share sixteen bytes would be taken for one;
 * the chance is that of guessing one.
 */
final class OffsetMap {

    static final long NONE = -1L;

    private static final int ENTRY_BYTES = 24;
    private static final double MAX_LOAD = 0.75;

    private final ByteBuffer table;
    private final int slots;
    private final MessageDigest digest;
    private int used;
    private long high;
    private long low;

    /**
     * @param bytes its size; the number of keys follows
     */
    OffsetMap(int bytes) {
        this.slots = Math.max(16, bytes / ENTRY_BYTES);
        this.table = ByteBuffer.allocate(slots * ENTRY_BYTES);
        try {
            this.digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    boolean isFull() {
        return used >= slots * MAX_LOAD;
    }

    /** Takes a key's offset; offsets come in growing order. */
    void put(ByteBuffer key, long offset) {
        int at = find(key);
        if (table.getLong(at + 16) == 0) {
            used++;
        }
        table.putLong(at, high);
        table.putLong(at + 8, low);
        table.putLong(at + 16, offset + 1); // zero marks a free slot
    }

    /** The newest offset of the key, or {@link #NONE}. */
    long get(ByteBuffer key) {
        return table.getLong(find(key) + 16) - 1;
    }

    private int find(ByteBuffer key) {
        digest.update(key.duplicate());
        ByteBuffer hash = ByteBuffer.wrap(digest.digest());
        high = hash.getLong();
        low = hash.getLong();
        int slot = (int) Long.remainderUnsigned(high, slots);
        while (true) {
            int at = slot * ENTRY_BYTES;
            if (table.getLong(at + 16) == 0
                    || (table.getLong(at) == high && table.getLong(at + 8) == low)) {
                return at;
            }
            slot = slot + 1 == slots ? 0 : slot + 1;
        }
    }
}
