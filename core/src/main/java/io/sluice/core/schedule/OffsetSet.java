package io.sluice.core.schedule;

import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Offsets: two bytes for each where there are few of 65,536 neighbours, one bit for each neighbour
 * where there are many. Owned by one thread.
 */
public final class OffsetSet {

    /** There is none; larger than any offset. */
    public static final long NONE = Long.MAX_VALUE;

    private static final int CHUNK_BITS = 16;
    private static final int CHUNK = 1 << CHUNK_BITS;
    private static final int LOW = CHUNK - 1;

    private final TreeMap<Long, Chunk> chunks = new TreeMap<>();
    private long size;

    /** The chunk that was looked at last: neighbours come together. */
    private long lastKey = -1L;

    private @Nullable Chunk last;

    public long size() {
        return size;
    }

    public boolean isEmpty() {
        return size == 0;
    }

    /** Whether it is new. */
    public boolean add(long offset) {
        Chunk chunk = chunk(offset);
        if (chunk == null) {
            chunk = new Chunk();
            lastKey = offset >>> CHUNK_BITS;
            last = chunk;
            chunks.put(lastKey, chunk);
        }
        boolean added = chunk.add((int) offset & LOW);
        size += added ? 1 : 0;
        return added;
    }

    /** Whether it was there. */
    public boolean remove(long offset) {
        Chunk chunk = chunk(offset);
        if (chunk == null || !chunk.remove((int) offset & LOW)) {
            return false;
        }
        size--;
        if (chunk.count == 0) {
            chunks.remove(offset >>> CHUNK_BITS);
            last = null;
            lastKey = -1L;
        }
        return true;
    }

    public boolean contains(long offset) {
        Chunk chunk = chunk(offset);
        return chunk != null && chunk.contains((int) offset & LOW);
    }

    private @Nullable Chunk chunk(long offset) {
        long key = offset >>> CHUNK_BITS;
        if (key != lastKey) {
            last = chunks.get(key);
            lastKey = key;
        }
        return last;
    }

    /** The lowest, or {@link #NONE}. */
    public long first() {
        return next(0L);
    }

    /** The lowest at or above an offset, or {@link #NONE}. */
    public long next(long from) {
        long key = from >>> CHUNK_BITS;
        Chunk own = chunk(from);
        int low = own == null ? -1 : own.next((int) from & LOW);
        if (low >= 0) {
            return (key << CHUNK_BITS) + low;
        }
        Map.Entry<Long, Chunk> above = chunks.higherEntry(key);
        return above == null ? NONE : (above.getKey() << CHUNK_BITS) + above.getValue().next(0);
    }

    /** As it is now, for another thread. */
    public OffsetSet copy() {
        OffsetSet copy = new OffsetSet();
        chunks.forEach((key, chunk) -> copy.chunks.put(key, chunk.copy()));
        copy.size = size;
        return copy;
    }

    /** Neighbours: their low bits, sorted, or one bit for each. */
    private static final class Chunk {
        private static final int MAX_SPARSE = 4096;
        private static final int SPARSE_AGAIN = 2048;

        private char[] sparse = new char[4];
        private long @Nullable [] dense;
        private int count;

        boolean contains(int low) {
            long[] bits = dense;
            return bits == null
                    ? Arrays.binarySearch(sparse, 0, count, (char) low) >= 0
                    : (bits[low >>> 6] & (1L << low)) != 0;
        }

        boolean add(int low) {
            if (dense == null && count == MAX_SPARSE && !contains(low)) {
                becomeDense();
            }
            long[] bits = dense;
            if (bits != null) {
                long bit = 1L << low;
                if ((bits[low >>> 6] & bit) != 0) {
                    return false;
                }
                bits[low >>> 6] |= bit;
                count++;
                return true;
            }
            int at = place(low);
            if (at >= 0) {
                return false;
            }
            if (count == sparse.length) {
                sparse = Arrays.copyOf(sparse, Math.min(MAX_SPARSE, 2 * count));
            }
            System.arraycopy(sparse, -at - 1, sparse, -at, count + at + 1);
            sparse[-at - 1] = (char) low;
            count++;
            return true;
        }

        /** As of a binary search; they mostly come in order. */
        private int place(int low) {
            return count == 0 || sparse[count - 1] < low
                    ? -count - 1
                    : Arrays.binarySearch(sparse, 0, count, (char) low);
        }

        boolean remove(int low) {
            long[] bits = dense;
            if (bits != null) {
                long bit = 1L << low;
                if ((bits[low >>> 6] & bit) == 0) {
                    return false;
                }
                bits[low >>> 6] &= ~bit;
                count--;
                if (count < SPARSE_AGAIN) {
                    becomeSparse(bits);
                }
                return true;
            }
            int at = Arrays.binarySearch(sparse, 0, count, (char) low);
            if (at < 0) {
                return false;
            }
            System.arraycopy(sparse, at + 1, sparse, at, count - at - 1);
            count--;
            return true;
        }

        /** The lowest at or above, or -1. */
        int next(int from) {
            long[] bits = dense;
            if (bits == null) {
                int at = Arrays.binarySearch(sparse, 0, count, (char) from);
                int place = at >= 0 ? at : -at - 1;
                return place < count ? sparse[place] : -1;
            }
            int word = from >>> 6;
            long left = bits[word] & (-1L << from);
            while (left == 0) {
                word++;
                if (word == bits.length) {
                    return -1;
                }
                left = bits[word];
            }
            return (word << 6) + Long.numberOfTrailingZeros(left);
        }

        private void becomeDense() {
            long[] bits = new long[CHUNK >>> 6];
            for (int i = 0; i < count; i++) {
                bits[sparse[i] >>> 6] |= 1L << sparse[i];
            }
            dense = bits;
            sparse = new char[0];
        }

        private void becomeSparse(long[] bits) {
            char[] sorted = new char[SPARSE_AGAIN];
            int at = 0;
            for (int word = 0; word < bits.length; word++) {
                for (long left = bits[word]; left != 0; left &= left - 1) {
                    sorted[at++] = (char) ((word << 6) + Long.numberOfTrailingZeros(left));
                }
            }
            sparse = sorted;
            dense = null;
        }

        Chunk copy() {
            Chunk copy = new Chunk();
            long[] bits = dense;
            copy.dense = bits == null ? null : bits.clone();
            copy.sparse = Arrays.copyOf(sparse, bits == null ? Math.max(4, count) : 0);
            copy.count = count;
            return copy;
        }
    }
}
