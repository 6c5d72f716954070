package io.sluice.core.group;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.group.GroupReply.Done;
import io.sluice.core.group.GroupReply.Fetched;
import io.sluice.core.group.GroupReply.Guarded;
import io.sluice.core.group.GroupReply.PerPartition;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TopicPartition;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * Producers store offsets in transactions that end, are ended again, or by a late marker, while
 * others store offsets outside, and the coordinator is loaded again at any moment. What the group
 * has is at any time what a model in a few lines has: all offsets of a committed transaction,
 * nothing of any other (I-16b, I-18, I-20).
 */
class PendingHistoryTest {

    private static final int SEEDS = 3_000;
    private static final int STEPS = 80;
    private static final String GROUP = "g";

    @Test
    void everyHistoryIsThatOfTheModel() {
        long base = new Random().nextLong();
        for (int i = 0; i < SEEDS; i++) {
            try {
                new History(base + i).run();
            } catch (RuntimeException | AssertionError e) {
                throw new AssertionError("seed " + (base + i), e);
            }
        }
    }

    /** Of an offset: what it is, and when it was stored. */
    private record Value(long offset, int order) {}

    private static final class History {
        private final Random random;
        private final Room room = new Room(Room.SETTINGS);
        private final short[] epochs = new short[3];
        private final Map<TopicPartition, Value> committed = new TreeMap<>();
        private final List<Map<TopicPartition, Value>> pending =
                List.of(new TreeMap<>(), new TreeMap<>(), new TreeMap<>());
        private int order;

        History(long seed) {
            random = new Random(seed);
        }

        void run() {
            for (int i = 0; i < STEPS; i++) {
                step();
                compare();
            }
        }

        private void step() {
            int producer = random.nextInt(epochs.length);
            TopicPartition at = new TopicPartition("t", random.nextInt(3));
            switch (random.nextInt(8)) {
                case 0, 1, 2 -> pend(producer, at);
                case 3 -> commit(at);
                case 4, 5 -> end(producer, random.nextBoolean());
                case 6 -> endLate(producer);
                default -> {
                    if (random.nextInt(3) == 0) {
                        room.reload(random.nextBoolean());
                    }
                }
            }
        }

        private GroupCommand.Offset value(TopicPartition at) {
            order++;
            return new GroupCommand.Offset(at, 1_000 + order, -1, "");
        }

        private void pend(int producer, TopicPartition at) {
            Guarded guarded =
                    room.now(new GroupCommand.Guard(producer, epochs[producer]), Guarded.class);
            assertThat(guarded.open()).isEqualTo(!pending.get(producer).isEmpty());
            GroupCommand.Offset offset = value(at);
            PerPartition done =
                    room.now(
                            new GroupCommand.CommitInTransaction(
                                    GROUP,
                                    new GroupCommand.Caller(-1, "", Optional.empty()),
                                    producer,
                                    epochs[producer],
                                    guarded.guard(),
                                    List.of(offset)),
                            PerPartition.class);
            assertThat(done.error()).isEqualTo(ErrorCode.NONE);
            pending.get(producer).put(at, new Value(offset.offset(), order));
        }

        private void commit(TopicPartition at) {
            GroupCommand.Offset offset = value(at);
            room.now(
                    new GroupCommand.Commit(
                            GROUP,
                            new GroupCommand.Caller(-1, "", Optional.empty()),
                            List.of(offset)),
                    PerPartition.class);
            committed.put(at, new Value(offset.offset(), order));
        }

        private ErrorCode mark(int producer, int epoch, boolean commit) {
            return room.now(
                            new GroupCommand.EndTransaction(producer, (short) epoch, commit, true),
                            Done.class)
                    .error();
        }

        private void end(int producer, boolean commit) {
            epochs[producer]++;
            assertThat(mark(producer, epochs[producer], commit)).isEqualTo(ErrorCode.NONE);
            if (commit) {
                pending.get(producer)
                        .forEach((at, value) ->
                                committed.merge(
                                        at,
                                        value,
                                        (one, other) -> one.order > other.order ? one : other));
            }
            pending.get(producer).clear();
        }

        private void endLate(int producer) {
            if (epochs[producer] > 0) {
                mark(producer, 1 + random.nextInt(epochs[producer]), random.nextBoolean());
            }
        }

        private void compare() {
            Fetched fetched =
                    room.now(
                            new GroupCommand.Fetch(
                                    GROUP, Optional.empty(), Optional.empty(), false),
                            Fetched.class);
            Map<TopicPartition, Long> found = new TreeMap<>();
            fetched.offsets().forEach((at, value) -> found.put(at, value.offset()));
            Map<TopicPartition, Long> expected = new TreeMap<>();
            committed.forEach((at, value) -> expected.put(at, value.offset));
            assertThat(found).isEqualTo(expected);
        }
    }
}
