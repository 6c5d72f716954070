package io.sluice.engine.share;

/**
 * What a group looks at in each record. A queue that looks at nothing reads the headers of batches
 * alone; one whose sight changes begins anew.
 *
 * @param keys records of one key one after the other ({@code sluice.queue.order})
 * @param priorities the header {@code sluice-priority} ({@code sluice.queue.priority})
 * @param ttlMs how long after its timestamp a record is delivered at most; 0 as its headers {@code
 *     sluice-ttl} and {@code sluice-expires-at} say, which count with every other value, too; or
 *     {@link #NO_END} ({@code sluice.queue.ttl.ms})
 */
public record Sight(boolean keys, boolean priorities, long ttlMs) {

    /** Nothing expires, whatever a record says. */
    public static final long NO_END = -1;

    /** Batches are enough. */
    public static final Sight NONE = new Sight(false, false, NO_END);

    boolean looks() {
        return keys || looksAtHeaders();
    }

    boolean looksAtHeaders() {
        return priorities || ends();
    }

    boolean ends() {
        return ttlMs >= 0;
    }
}
