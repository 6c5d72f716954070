package io.sluice.engine.share;

import io.sluice.core.model.ErrorCode;
import io.sluice.core.share.Deed;
import io.sluice.core.share.SharePartition;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * What queues of one loop count together: what happened to records, and how those stand that are at
 * work. The loop adds, as a {@link io.sluice.engine.metrics.Counter} is added to; any thread reads.
 */
final class QueueTally {

    /** What is counted beside the deeds. */
    enum Figure {
        /** Records given once more. */
        REDELIVERED,
        // From here on up and down.
        QUEUES,
        LOCKED,
        LATER,
        LETTERS_OUT,
        FULL
    }

    private static final int DEEDS = Deed.values().length;

    private final AtomicLongArray figures = new AtomicLongArray(DEEDS + Figure.values().length);

    private void add(int at, long amount) {
        figures.setOpaque(at, figures.getPlain(at) + amount);
    }

    void add(Deed deed, long records) {
        add(deed.ordinal(), records);
    }

    void add(Figure figure, long amount) {
        add(DEEDS + figure.ordinal(), amount);
    }

    long of(Deed deed) {
        return figures.getOpaque(deed.ordinal());
    }

    long of(Figure figure) {
        return figures.getOpaque(DEEDS + figure.ordinal());
    }

    /** The same and the other's together. */
    void addAll(QueueTally other) {
        for (int at = 0; at < figures.length(); at++) {
            add(at, other.figures.getOpaque(at));
        }
    }

    /** One queue's share of a loop's tallies. Owned by the loop. */
    static final class Share {
        private final QueueTally own;
        private final QueueTally all;
        private final QueueCounts counts;
        private final QueueCounts.Pair pair;
        private long locked;
        private long later;
        private boolean full;
        private int lettersOut;
        private long deadOut;
        private boolean over;

        Share(QueueCounts counts, QueueCounts.Pair pair, QueueTally own, QueueTally all) {
            this.counts = counts;
            this.pair = pair;
            this.own = own;
            this.all = all;
            add(Figure.QUEUES, 1L);
        }

        private void add(Figure figure, long amount) {
            own.add(figure, amount);
            all.add(figure, amount);
        }

        void noted(Deed deed, long records, int deliveries) {
            own.add(deed, records);
            all.add(deed, records);
            if (deed == Deed.TAKEN && deliveries > 1) {
                add(Figure.REDELIVERED, records);
            }
        }

        /** The queue may stand otherwise by now. */
        void stepped(SharePartition<?> queue) {
            if (!over) {
                stands(queue.heldRecords(), queue.laterRecords(), queue.isFull());
            }
        }

        private void stands(long nowLocked, long nowLater, boolean nowFull) {
            if (nowLocked != locked) {
                add(Figure.LOCKED, nowLocked - locked);
                locked = nowLocked;
            }
            if (nowLater != later) {
                add(Figure.LATER, nowLater - later);
                later = nowLater;
            }
            if (nowFull != full) {
                add(Figure.FULL, nowFull ? 1L : -1L);
                full = nowFull;
            }
        }

        /** A dead letter of so many records is to be written. */
        void letterOut(long records) {
            lettersOut++;
            letters(records);
        }

        /** It is written. */
        void letterStored(long records) {
            lettersOut--;
            letters(-records);
        }

        private void letters(long records) {
            deadOut += records;
            add(Figure.LETTERS_OUT, records);
        }

        /** Dead letters that are not written. */
        int lettersOut() {
            return lettersOut;
        }

        /** One more demand would be too many, if there are so many; that is counted. */
        boolean refusesDemand(int demands) {
            return counts.refuses(QueueCounts.Limit.DEMANDS, demands >= QueueCounts.MAX_DEMANDS);
        }

        /** What a member is told of what it said. */
        void replied(ErrorCode error) {
            counts.refuses(
                    QueueCounts.Limit.ACKNOWLEDGEMENTS, error == ErrorCode.REQUEST_TIMED_OUT);
        }

        /** The queue is at work no more. */
        void end() {
            over = true;
            stands(0L, 0L, false);
            letters(-deadOut);
            add(Figure.QUEUES, -1L);
            counts.ended(pair, own);
        }
    }
}
