package io.sluice.system.cluster;

import java.util.ArrayList;
import java.util.List;

/**
 * What clients did and saw. Values are unique over the whole history: each is sent once, whatever
 * becomes of it. Any thread.
 */
final class History {

    private final List<Send> sends = new ArrayList<>();
    private final List<Read> reads = new ArrayList<>();
    private final List<String> faults = new ArrayList<>();

    /** How a send ended. */
    enum Outcome {
        /** Acknowledged. */
        OK,
        /** Refused: it was not stored, and never will be. */
        FAIL,
        /** Nobody knows; a time-out is this. */
        INFO
    }

    /**
     * One send.
     *
     * @param offset where it was acknowledged, else -1
     */
    record Send(
            int producer,
            int partition,
            long value,
            long startNanos,
            long endNanos,
            Outcome outcome,
            long offset) {}

    /** One record that a consumer was given. */
    record Read(int consumer, int partition, long offset, long value) {}

    /** A record as it lies in a partition in the end. */
    record Stored(long offset, long value) {}

    synchronized void sent(Send send) {
        sends.add(send);
    }

    synchronized void read(Read read) {
        reads.add(read);
    }

    /** A fault that took effect. */
    synchronized void fault(String what) {
        faults.add(what);
    }

    synchronized List<Send> sends() {
        return List.copyOf(sends);
    }

    /** In the order in which each consumer was given them. */
    synchronized List<Read> reads() {
        return List.copyOf(reads);
    }

    synchronized List<String> faults() {
        return List.copyOf(faults);
    }
}
