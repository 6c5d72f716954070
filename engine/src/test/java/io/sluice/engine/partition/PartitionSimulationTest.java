package io.sluice.engine.partition;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.config.TopicConfig;
import io.sluice.core.model.BatchHeader;
import io.sluice.core.model.TopicPartition;
import io.sluice.core.model.Uuid;
import io.sluice.engine.fake.Batches;
import io.sluice.engine.fake.LogFaults;
import io.sluice.engine.fake.MemoryLog;
import io.sluice.engine.fake.MemoryMetadata;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * One partition, its loop, its log and its clients in virtual time: retries, lost replies, slow and
 * failing flushes, new leader epochs, deleted records, power cuts. Then calm, in which every
 * producer must get through and every reader must see the end.
 */
class PartitionSimulationTest {

    private static final int SEEDS = 2_000;
    private static final TopicPartition NAME = new TopicPartition("t", 0);
    private static final Uuid TOPIC_ID = new Uuid(7, 1);

    @Test
    void everySeedKeepsTheInvariants() {
        Tally total = new Tally();
        for (long seed = 0; seed < SEEDS; seed++) {
            Run run = new Run(seed, total);
            try {
                run.play();
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("seed " + seed, e);
            }
        }
        total.assertNothingMissing();
    }

    @Test
    void theSameSeedGivesTheSameLog() {
        List<List<BatchHeader>> logs = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            Run run = new Run(17, new Tally());
            run.play();
            logs.add(run.log().headers());
        }
        assertThat(logs.getFirst()).isNotEmpty().isEqualTo(logs.getLast());
    }

    /** How often each situation occurred: one that never did proves nothing. */
    private static final class Tally {
        int crashes;
        int failedFlushes;
        int failedAppends;
        int newEpochs;
        int deletions;

        void assertNothingMissing() {
            assertThat(crashes).isPositive();
            assertThat(failedFlushes).isPositive();
            assertThat(failedAppends).isPositive();
            assertThat(newEpochs).isPositive();
            assertThat(deletions).isPositive();
        }
    }

    private static final class Run {
        private final Random random;
        private final Tally tally;
        private final Bench bench;
        private final boolean commit;
        private final List<SimulatedProducer> producers = new ArrayList<>();
        private final List<SimulatedReader> readers = new ArrayList<>();
        private final Map<Long, ByteBuffer> seen = new HashMap<>();
        private int epoch;
        private boolean faultsOn = true;

        Run(long seed, Tally tally) {
            this.random = new Random(seed);
            this.tally = tally;
            this.bench = new Bench(() -> random.nextInt(4_000_000));
            this.commit = random.nextInt(5) > 0;
            if (!commit) {
                bench.config =
                        Configs.flush(
                                TopicConfig.DEFAULT,
                                TopicConfig.FlushMode.OS,
                                1 + random.nextInt(20));
            }
            int count = 1 + random.nextInt(4);
            for (int i = 0; i < count; i++) {
                producers.add(new SimulatedProducer(i + 1L, 5 + random.nextInt(15), random));
            }
            readers.add(new SimulatedReader(seen, random));
            readers.add(new SimulatedReader(seen, random));
        }

        MemoryLog log() {
            MemoryLog log = bench.store.log(NAME);
            if (log == null) {
                throw new AssertionError("no log");
            }
            return log;
        }

        private @Nullable Partition partition() {
            return bench.lifecycle.partitions().find(NAME);
        }

        void play() {
            bench.store.faults(new Faults());
            lead();
            bench.start();
            for (int i = 0; i < 60; i++) {
                clients();
                trouble();
                bench.scheduler.advanceMs(random.nextInt(4));
            }
            calmDown();
            judge();
        }

        private void lead() {
            bench.metadata.put(MemoryMetadata.topic("t", TOPIC_ID, Bench.BROKER, 1, epoch));
        }

        private void clients() {
            for (SimulatedProducer producer : producers) {
                if (random.nextInt(3) == 0) {
                    producer.send(partition());
                }
            }
            if (random.nextInt(6) == 0) {
                Partition to = partition();
                if (to != null) {
                    Bench.append(to, Batches.plain(1, 1L), random.nextInt(2));
                }
            }
            readers.forEach(reader -> reader.read(partition()));
        }

        private void trouble() {
            int kind = random.nextInt(60);
            Partition partition = partition();
            if (kind == 0) {
                tally.newEpochs++;
                epoch++;
                lead();
            } else if (kind == 1 && partition != null) {
                tally.deletions++;
                deleteSome(partition);
            } else if (kind == 2 && commit) {
                crash();
            }
        }

        /** Up to where the slowest reader is, so that none misses a record. */
        private void deleteSome(Partition partition) {
            long upTo = readers.getFirst().position();
            for (SimulatedReader reader : readers) {
                upTo = Math.min(upTo, reader.position());
            }
            long before = upTo;
            Bench.on(partition, () -> partition.deleteRecords(before, answer -> {}));
        }

        private void crash() {
            tally.crashes++;
            epoch++;
            readers.forEach(SimulatedReader::reconnect);
            bench.crashAndRestart();
            lead();
            bench.scheduler.advanceMs(20);
        }

        private void calmDown() {
            faultsOn = false;
            if (commit) {
                crash(); // a directory that failed is mended by a restart
            }
            producers.forEach(producer -> producer.calm = true);
            for (int i = 0; i < 100 && !allDone(); i++) {
                producers.forEach(producer -> producer.send(partition()));
                readers.forEach(reader -> reader.read(partition()));
                bench.scheduler.advanceMs(40);
            }
            bench.settle();
            for (int i = 0; i < 300; i++) {
                readers.forEach(reader -> reader.read(partition()));
            }
        }

        private boolean allDone() {
            return producers.stream().allMatch(SimulatedProducer::done);
        }

        private void judge() {
            assertThat(allDone()).as("every producer got through").isTrue();
            Map<Long, Long> offsetOf = new HashMap<>();
            long expected = 0;
            for (BatchHeader header : log().headers()) {
                assertThat(header.baseOffset()).isEqualTo(expected);
                expected = header.nextOffset();
                if (header.hasProducer()) {
                    Long before = offsetOf.put(header.maxTimestamp(), header.baseOffset());
                    assertThat(before).as("stored once").isNull();
                }
            }
            for (SimulatedProducer producer : producers) {
                long last = -1;
                for (int i = 0; i < producer.batches(); i++) {
                    assertThat(offsetOf.get(producer.idOf(i)))
                            .as("batch %d of producer %d", i, producer.producerId)
                            .isEqualTo(producer.acknowledgedAt[i])
                            .isGreaterThan(last);
                    last = producer.acknowledgedAt[i];
                }
            }
            for (SimulatedReader reader : readers) {
                assertThat(reader.position()).isEqualTo(log().endOffset());
            }
            assertThat(log().durableEndOffset())
                    .isGreaterThanOrEqualTo(commit ? log().endOffset() : 0L);
            assertThat(bench.store.openSlices()).isZero();
        }

        /** Only where a restart may mend it: under flush=os acknowledged records would be lost. */
        private final class Faults implements LogFaults {
            @Override
            public boolean failAppend(TopicPartition partition) {
                boolean fails = faultsOn && commit && random.nextInt(300) == 0;
                tally.failedAppends += fails ? 1 : 0;
                return fails;
            }

            @Override
            public boolean failFlush(TopicPartition partition) {
                boolean fails = faultsOn && commit && random.nextInt(200) == 0;
                tally.failedFlushes += fails ? 1 : 0;
                return fails;
            }
        }
    }
}
