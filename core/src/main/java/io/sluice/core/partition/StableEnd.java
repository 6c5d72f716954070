package io.sluice.core.partition;

import java.util.TreeMap;

/**
 * The last stable offset: below it every transaction has ended, and that end is committed. It never
 * goes back (I-15), for a transaction begins at the log's end, which is never below it.
 *
 * <p>A transaction counts as open until the high watermark has passed its marker: until then the
 * marker may be lost, and the transaction with it be open again.
 */
final class StableEnd {

    private final ProducerStates producers;

    /** First offset to marker, of transactions whose end may not be committed. */
    private final TreeMap<Long, Long> ended = new TreeMap<>();

    private long offset;

    StableEnd(ProducerStates producers, long highWatermark) {
        this.producers = producers;
        this.offset = Math.min(highWatermark, producers.firstOpen());
    }

    /**
     * @param known as far as it was known before; further is not claimed until it is
     */
    StableEnd(ProducerStates producers, long highWatermark, long known) {
        this(producers, highWatermark);
        this.offset = Math.min(offset, known);
    }

    long offset() {
        return offset;
    }

    /** A marker was appended for a transaction that was open. */
    void ended(long firstOffset, long markerOffset) {
        ended.put(firstOffset, markerOffset);
    }

    /** Ends that are not known to be committed, and some that are. */
    int undecided() {
        return ended.size();
    }

    /** Moves as far as the high watermark allows; returns whether it did. */
    boolean advance(long highWatermark) {
        while (!ended.isEmpty() && ended.firstEntry().getValue() < highWatermark) {
            ended.pollFirstEntry();
        }
        long firstUnstable = producers.firstOpen();
        if (!ended.isEmpty()) {
            firstUnstable = Math.min(firstUnstable, ended.firstKey());
        }
        long now = Math.min(highWatermark, firstUnstable);
        boolean moved = now > offset;
        offset = Math.max(offset, now);
        return moved;
    }

    /**
     * The log was cut: transactions whose marker went with it are open again. Only records that
     * were never committed are cut, unless an operator ordered an unclean election.
     */
    void truncated(long logEnd, long highWatermark) {
        ended.values().removeIf(marker -> marker >= logEnd);
        ended.keySet().removeIf(start -> start >= logEnd);
        offset = Math.min(offset, highWatermark);
    }

    /** Records below are gone, those of open transactions too. */
    void startMoved(long logStart) {
        offset = Math.max(offset, logStart);
    }
}
