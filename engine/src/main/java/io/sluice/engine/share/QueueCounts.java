package io.sluice.engine.share;

import io.sluice.engine.metrics.Counter;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What the queues of one loop count, each group and topic by itself. Who was at work last is kept
 * for a while, so that its counters do not begin anew after every pause. Owned by the loop; any
 * thread reads.
 */
final class QueueCounts {

    /** Demands that may wait for their turn at one queue; one more finds nothing. */
    static final int MAX_DEMANDS = 10_000;

    /** Groups and topics that are kept with no queue at work, those that were last. */
    static final int MAX_IDLE = 1_000;

    /** What may be met, and how it is called. */
    enum Limit {
        QUEUES("queues"),
        DEMANDS("demands"),
        ACKNOWLEDGEMENTS("acknowledgements");

        private final String word;
        private final int at = ordinal();

        Limit(String word) {
            this.word = word;
        }

        String word() {
            return word;
        }
    }

    /** Whose queues are counted together. */
    record Pair(String group, String topic) implements Comparable<Pair> {

        @Override
        public int compareTo(Pair other) {
            int rank = group.compareTo(other.group);
            return rank != 0 ? rank : topic.compareTo(other.topic);
        }
    }

    private final QueueTally all = new QueueTally();
    private final Map<Pair, QueueTally> pairs = new ConcurrentHashMap<>();

    /** Those of them without a queue at work, that for longest first. The loop's alone. */
    private final LinkedHashMap<Pair, QueueTally> idle = new LinkedHashMap<>();

    private final Counter[] refusals = new Counter[Limit.values().length];

    QueueCounts() {
        for (int i = 0; i < refusals.length; i++) {
            refusals[i] = new Counter();
        }
    }

    /** A queue begins to work. */
    QueueTally.Share begin(String group, String topic) {
        Pair pair = new Pair(group, topic);
        idle.remove(pair);
        QueueTally own = pairs.computeIfAbsent(pair, none -> new QueueTally());
        return new QueueTally.Share(this, pair, own, all);
    }

    void ended(Pair pair, QueueTally own) {
        if (own.of(QueueTally.Figure.QUEUES) > 0L) {
            return;
        }
        idle.put(pair, own);
        if (idle.size() > MAX_IDLE) {
            pairs.remove(idle.pollFirstEntry().getKey());
        }
    }

    /** Counts it if a limit is met; whether it is. */
    boolean refuses(Limit limit, boolean met) {
        if (met) {
            refusals[limit.at].increment();
        }
        return met;
    }

    // ---- any thread

    QueueTally all() {
        return all;
    }

    Map<Pair, QueueTally> pairs() {
        return pairs;
    }

    long refusals(Limit limit) {
        return refusals[limit.at].value();
    }
}
