package io.sluice.engine.share;

import static io.sluice.engine.share.QueueBench.EARLIEST;
import static io.sluice.engine.share.QueueBench.demand;
import static io.sluice.engine.share.QueueBench.key;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.model.BatchHeader;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TopicPartition;
import io.sluice.core.share.Acknowledgement.Type;
import io.sluice.core.share.ShareSettings;
import io.sluice.engine.fake.MemoryShareStore;
import io.sluice.engine.fake.RecordBatches;
import io.sluice.engine.fake.ZipCodecs;
import io.sluice.engine.partition.Partition;
import io.sluice.engine.view.LogWalk;
import io.sluice.engine.view.Piece;
import io.sluice.engine.view.View;
import io.sluice.engine.view.ViewName.BadNameException;
import io.sluice.engine.view.Views;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/**
 * Orders to deliver records again, while the store refuses and loses answers, leaders change and
 * the power is cut: in the end what was ordered comes, and nothing else does (I-23, I-24).
 */
class ReplaysOverTimeTest {

    private static final int SEEDS = 200;
    private static final int TRIES = 400;
    private static final int KEYS = 4;

    @Test
    void whatIsOrderedComesAndNothingElse() {
        for (long seed = 1; seed <= SEEDS; seed++) {
            try {
                new Life(new Random(seed), false).play();
            } catch (AssertionError | RuntimeException | BadNameException e) {
                throw new AssertionError("seed " + seed + ": " + e.getMessage(), e);
            }
        }
    }

    @Test
    void anOrderThatIsForgottenIsFound() throws BadNameException {
        boolean found = false;
        for (long seed = 1; seed <= SEEDS && !found; seed++) {
            try {
                new Life(new Random(seed), true).play();
            } catch (AssertionError e) {
                found = true;
            }
        }
        assertThat(found).isTrue();
    }

    /** One broker and one queue. */
    private static final class Life {
        private final QueueBench bench;
        private final Random random;
        private final List<String> keys = new ArrayList<>();
        private boolean faulty;

        /** A mistake made on purpose: a store that says that it stored. */
        private final boolean forgets;

        Life(Random random, boolean forgets) {
            this.random = random;
            this.forgets = forgets;
            this.bench = new QueueBench(() -> random.nextInt(4_000_000));
        }

        private void play() throws BadNameException {
            ShareSettings plain = EARLIEST.share();
            boolean ordered = random.nextBoolean();
            ShareSettings share =
                    new ShareSettings(
                            plain.lockMs(),
                            plain.deliveryLimit(),
                            plain.maxLocks(),
                            plain.maxPending(),
                            ordered,
                            false,
                            plain.backOff());
            bench.rules.put(
                    "g",
                    new QueueRules(
                            share,
                            false,
                            new QueueRules.Start.Earliest(),
                            new Sight(ordered, false, Sight.NO_END)));
            bench.host(1);
            for (int i = 0; i < 10; i++) {
                grow();
            }
            acceptAll();
            TreeSet<Long> wanted = new TreeSet<>();
            bench.store.faults(new Faults());
            for (int order = 0; order < 3; order++) {
                int from = random.nextInt(keys.size());
                int to = from + 1 + random.nextInt(keys.size() - from);
                String of = random.nextInt(3) == 0 ? "" : "k" + random.nextInt(KEYS);
                order(order, from, to, of);
                for (int offset = from; offset < to; offset++) {
                    if (of.isEmpty() || of.equals(keys.get(offset))) {
                        wanted.add((long) offset);
                    }
                }
                if (random.nextInt(3) == 0) {
                    shake();
                }
            }
            faulty = false;
            bench.store.faults(MemoryShareStore.Faults.NONE);
            shake();
            bench.scheduler.advanceMs(5_000);
            assertThat(acceptAll()).isEqualTo(wanted);
            assertThat(bench.store.state(key("g", 0)).start()).isEqualTo(keys.size());
            bench.scheduler.advanceMs(120_000);
        }

        private final class Faults implements MemoryShareStore.Faults {
            @Override
            public MemoryShareStore.End next() {
                faulty = true;
                return switch (random.nextInt(8)) {
                    case 0 -> MemoryShareStore.End.REFUSED;
                    case 1 -> MemoryShareStore.End.ANSWER_LOST;
                    case 2 -> MemoryShareStore.End.LATE;
                    case 3 -> forgets ? MemoryShareStore.End.FORGOTTEN : MemoryShareStore.End.DONE;
                    default -> MemoryShareStore.End.DONE;
                };
            }

            @Override
            public long delayNanos() {
                return random.nextInt(30_000_000);
            }
        }

        private void grow() {
            List<RecordBatches.One> records = new ArrayList<>();
            int count = 1 + random.nextInt(8);
            for (int i = 0; i < count; i++) {
                String key = random.nextInt(8) == 0 ? null : "k" + random.nextInt(KEYS);
                records.add(new RecordBatches.One(key));
                keys.add(key == null ? "" : key);
            }
            ByteBuffer batch = RecordBatches.of(bench.scheduler.clock().wallMs(), records);
            bench.append(0, random.nextBoolean() ? batch : RecordBatches.packed(batch));
        }

        /** Everything that comes, once it is accepted for good. */
        private TreeSet<Long> acceptAll() {
            TreeSet<Long> came = new TreeSet<>();
            for (int i = 0;
                    i < TRIES && bench.store.state(key("g", 0)).start() < keys.size();
                    i++) {
                QueueBench.Answer answer = bench.take(demand("m", 1_000, 50, key("g", 0)));
                answer.deliveries.forEach(delivery ->
                        delivery.acquired()
                                .forEach(range -> {
                                    for (long o = range.first(); o <= range.last(); o++) {
                                        assertThat(came.add(o)).as("%d twice", o).isTrue();
                                    }
                                    bench.tell("m", range.first(), range.last(), Type.ACCEPT);
                                }));
                bench.scheduler.advanceMs(300);
            }
            return came;
        }

        /** Another leader, here. */
        private void shake() {
            if (random.nextBoolean()) {
                bench.nextEpoch();
            } else {
                bench.crash();
                bench.scheduler.advanceMs(20);
                assertThat(bench.log(0).endOffset()).isEqualTo(keys.size());
            }
            bench.scheduler.advanceMs(random.nextInt(50));
        }

        /** Reads as a client does: on from where it is, and again what it got no answer to. */
        private void order(int number, int from, int to, String of) throws BadNameException {
            String name =
                    "sluice:replay;group=g;id=%d;from=%d;to=%d%s"
                            .formatted(number, from, to, of.isEmpty() ? "" : ";key=" + of);
            long next = from;
            for (int i = 0; next < to; i++) {
                assertThat(i).as("%s stands at %d", name, next).isLessThan(TRIES);
                long answered = ask(name, next);
                if (random.nextInt(5) > 0) { // else it was lost
                    next = Math.max(next, answered);
                }
                if (random.nextInt(20) == 0) {
                    shake();
                }
                bench.scheduler.advanceMs(random.nextInt(200));
            }
        }

        /** How far the answer takes its reader; not at all if there is none. */
        private long ask(String name, long from) throws BadNameException {
            LogWalk walk = new LogWalk(bench.io, new ZipCodecs());
            View view = new Views(bench.queues.views(walk)).find(name);
            Partition partition = bench.lifecycle.partitions().find(new TopicPartition("t", 0));
            if (partition == null || partition.leadingEpoch() < 0) {
                return -1;
            }
            long[] next = {-1};
            int maxBytes = 1 + random.nextInt(2_000);
            QueueBench.on(
                    partition.loop(),
                    () ->
                            view.read(
                                    partition,
                                    new View.Ask(from, keys.size(), maxBytes, false),
                                    piece -> next[0] = end(piece)));
            bench.scheduler.advanceMs(faulty ? random.nextInt(1_500) : 100);
            return next[0];
        }

        private static long end(Piece piece) {
            long end = -1;
            ByteBuffer bytes = piece.records();
            for (int at = 0; piece.error() == ErrorCode.NONE && at < bytes.limit(); ) {
                BatchHeader header = BatchHeader.read(bytes, at);
                end = header.nextOffset();
                at += header.sizeInBytes();
            }
            return end;
        }
    }
}
