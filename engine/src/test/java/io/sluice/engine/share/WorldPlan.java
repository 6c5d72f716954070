package io.sluice.engine.share;

import io.sluice.core.model.TopicPartition;
import io.sluice.core.share.BackOff;
import io.sluice.core.share.ShareSettings;
import io.sluice.engine.fake.LogFaults;
import io.sluice.engine.fake.MemoryShareStore;
import java.util.Random;

/** What a {@link QueueWorld} is like: its groups, its faults, and a mistake made on purpose. */
final class WorldPlan {
    static final long LOCK_MS = 400;
    private static final QueueRules.Asking ASKING = new QueueRules.Asking("asked", true);

    /** Mistakes made on purpose, each at a port. */
    enum Bug {
        NONE,
        WRITES_FORGOTTEN,
        LOCK_TOO_SHORT,
        LIMIT_FORGOTTEN,
        UNCOMMITTED_DELIVERED,
        DEAD_LETTER_NOT_WRITTEN,
        KEYS_NOT_READ,
        PRIORITIES_NOT_READ,
        ENDS_NOT_READ,
        ANSWER_NOT_WAITED_FOR,
        SECRET_IS_KNOWN
    }

    private final Random random;
    private final Bug bug;
    boolean faultsOn = true;

    WorldPlan(Random random, Bug bug) {
        this.random = random;
        this.bug = bug;
    }

    QueueRules rules(boolean readCommitted) {
        BackOff backOff = random.nextBoolean() ? BackOff.NONE : new BackOff(20, 2.0, 200, 0.5);
        Sight sight = random.nextInt(4) == 0 ? Sight.NONE : sight();
        return new QueueRules(
                new ShareSettings(
                        LOCK_MS,
                        2 + random.nextInt(4),
                        5 + random.nextInt(100),
                        sight.priorities() ? 100_000 : 5 + random.nextInt(100),
                        sight.keys(),
                        random.nextBoolean(),
                        backOff,
                        random.nextBoolean() ? 0 : 100 + random.nextInt(300)),
                readCommitted,
                new QueueRules.Start.Earliest(),
                sight,
                false,
                ASKING);
    }

    private Sight sight() {
        long ttlMs = random.nextInt(3) - 1L;
        return new Sight(random.nextBoolean(), random.nextBoolean(), ttlMs > 0 ? 3_000 : ttlMs);
    }

    /** What came to an end by the old rules would have by the new ones. */
    QueueRules inAnotherOrder(QueueRules old) {
        Sight sight = new Sight(random.nextBoolean(), random.nextBoolean(), old.sight().ttlMs());
        ShareSettings share = old.share();
        return new QueueRules(
                new ShareSettings(
                        share.lockMs(),
                        share.deliveryLimit(),
                        share.maxLocks(),
                        sight.priorities() ? 100_000 : share.maxPending(),
                        sight.keys(),
                        share.deadLetters(),
                        share.backOff(),
                        share.askMs()),
                old.readCommitted(),
                old.start(),
                sight,
                false,
                ASKING);
    }

    QueueRules planted(QueueRules right) {
        ShareSettings share = right.share();
        return new QueueRules(
                new ShareSettings(
                        bug == Bug.LOCK_TOO_SHORT ? LOCK_MS / 4 : LOCK_MS,
                        share.deliveryLimit() + (bug == Bug.LIMIT_FORGOTTEN ? 1 : 0),
                        share.maxLocks(),
                        share.maxPending(),
                        share.keyOrder(),
                        share.deadLetters(),
                        share.backOff(),
                        bug == Bug.ANSWER_NOT_WAITED_FOR
                                ? Math.min(1, share.askMs())
                                : share.askMs()),
                right.readCommitted() && bug != Bug.UNCOMMITTED_DELIVERED,
                right.start(),
                new Sight(
                        right.sight().keys() && bug != Bug.KEYS_NOT_READ,
                        right.sight().priorities() && bug != Bug.PRIORITIES_NOT_READ,
                        bug == Bug.ENDS_NOT_READ ? Sight.NO_END : right.sight().ttlMs()),
                false,
                ASKING);
    }

    /** Of the store. */
    final class StoreFaults implements MemoryShareStore.Faults {
        @Override
        public MemoryShareStore.End next() {
            if (bug == Bug.WRITES_FORGOTTEN && random.nextInt(4) == 0) {
                return MemoryShareStore.End.FORGOTTEN;
            }
            int dice = faultsOn ? random.nextInt(20) : 9;
            return switch (dice) {
                case 0 -> MemoryShareStore.End.REFUSED;
                case 1 -> MemoryShareStore.End.ANSWER_LOST;
                case 2 -> MemoryShareStore.End.LATE;
                default -> MemoryShareStore.End.DONE;
            };
        }

        @Override
        public long delayNanos() {
            boolean slow = faultsOn && random.nextInt(30) == 0;
            return random.nextInt(slow ? 400_000_000 : 4_000_000);
        }
    }

    /** Mended by the next restart. */
    final class DiskFaults implements LogFaults {
        @Override
        public boolean failFlush(TopicPartition name) {
            return faultsOn && random.nextInt(400) == 0;
        }

        @Override
        public boolean rots(TopicPartition name) {
            return faultsOn && random.nextInt(15) == 0;
        }
    }
}
