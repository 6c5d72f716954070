package io.sluice.engine.partition;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.model.AbortedTransaction;
import io.sluice.core.model.BatchHeader;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TopicPartition;
import io.sluice.core.model.TransactionMarker;
import io.sluice.core.model.Uuid;
import io.sluice.core.partition.Admission;
import io.sluice.core.partition.PartitionLeader;
import io.sluice.engine.fake.Batches;
import io.sluice.engine.fake.LogFaults;
import io.sluice.engine.fake.MemoryMetadata;
import io.sluice.engine.log.FileSlice;
import io.sluice.engine.partition.Partition.FetchResult;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Transactions through the host of a partition, with failing flushes and power cuts: whatever a
 * reader of what is committed has seen was decided so, is all there in the end, and is there again
 * after every crash (I-15).
 */
class TransactionSimulationTest {

    private static final int SEEDS = 1_000;
    private static final TopicPartition NAME = new TopicPartition("t", 0);

    private int crashes;
    private int committed;
    private int aborted;

    @Test
    void everySeedKeepsTheInvariants() {
        for (long seed = 0; seed < SEEDS; seed++) {
            try {
                new Run(seed).play();
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("seed " + seed, e);
            }
        }
        assertThat(crashes).isGreaterThan(SEEDS / 10);
        assertThat(committed).isGreaterThan(SEEDS);
        assertThat(aborted).isGreaterThan(SEEDS / 2);
    }

    private static BatchHeader header(ByteBuffer batch) {
        return BatchHeader.read(batch, 0);
    }

    private static ByteBuffer transactional(long id, long producer, int epoch, int sequence) {
        return Batches.inTransaction(Batches.of(1, id, producer, epoch, sequence, 0));
    }

    private final class Run {
        private final Random random;
        private final Bench bench;
        private final List<Client> clients = new ArrayList<>();

        /** How the transaction of each batch was decided; batches are known by their timestamp. */
        private final Map<Long, Boolean> decided = new HashMap<>();

        private final Map<Long, Long> seenAt = new HashMap<>();
        private long ids;
        private long position;
        private int epoch;
        private boolean faultsOn = true;
        private boolean calm;

        Run(long seed) {
            random = new Random(seed);
            bench = new Bench(() -> random.nextInt(4_000_000));
            for (int i = 0; i < 1 + random.nextInt(3); i++) {
                clients.add(new Client(i + 1L));
            }
        }

        void play() {
            bench.store.faults(new Faults());
            lead();
            bench.start();
            for (int i = 0; i < 80; i++) {
                clients.forEach(Client::act);
                read();
                if (random.nextInt(40) == 0) {
                    crash();
                } else if (random.nextInt(60) == 0) {
                    epoch++;
                    lead();
                }
                bench.scheduler.advanceMs(random.nextInt(4));
            }
            faultsOn = false;
            calm = true;
            crash();
            for (int i = 0; i < 200 && !clients.stream().allMatch(Client::isIdle); i++) {
                clients.forEach(Client::act);
                bench.scheduler.advanceMs(40);
            }
            assertThat(clients).as("all got through").allMatch(Client::isIdle);
            for (int i = 0; i < 300; i++) {
                read();
            }
            judge();
        }

        private void lead() {
            bench.metadata.put(MemoryMetadata.topic("t", new Uuid(7, 1), Bench.BROKER, 1, epoch));
        }

        private void crash() {
            crashes++;
            epoch++;
            bench.crashAndRestart();
            clients.forEach(Client::reconnect);
            lead();
            bench.scheduler.advanceMs(20);
        }

        private @Nullable Partition partition() {
            return bench.lifecycle.partitions().find(NAME);
        }

        /** Reads on; now and then from the start, as somebody new does. */
        private void read() {
            Partition from = partition();
            if (from == null) {
                return;
            }
            if (!calm && random.nextInt(20) == 0) {
                position = 0;
            }
            FetchResult result =
                    Bench.fetch(
                            from,
                            new Partition.FetchSpec(
                                    position, -1, -1, 1 + random.nextInt(400), true, true));
            FileSlice slice = result.read().slice();
            if (slice == null) {
                return;
            }
            ByteBuffer bytes = ByteBuffer.allocate(slice.sizeInBytes());
            try {
                slice.read(bytes, 0);
            } catch (IOException e) {
                throw new AssertionError(e);
            }
            slice.release();
            bytes.flip();
            take(bytes, result);
        }

        private void take(ByteBuffer bytes, FetchResult result) {
            for (int at = 0; at + BatchHeader.SIZE <= bytes.limit(); ) {
                BatchHeader batch = BatchHeader.read(bytes, at);
                if (at + batch.sizeInBytes() > bytes.limit()) {
                    return;
                }
                at += batch.sizeInBytes();
                if (batch.baseOffset() < position) {
                    continue;
                }
                assertThat(batch.lastOffset()).isLessThan(result.lastStableOffset());
                position = batch.nextOffset();
                if (!batch.isControl()) {
                    assertThat(isHidden(batch, result.aborted()))
                            .isNotEqualTo(decided.get(batch.maxTimestamp()));
                    Long before = seenAt.put(batch.maxTimestamp(), batch.baseOffset());
                    assertThat(before == null || before == batch.baseOffset()).isTrue();
                }
            }
        }

        private static boolean isHidden(BatchHeader batch, List<AbortedTransaction> aborted) {
            return aborted.stream()
                    .anyMatch(one ->
                            one.producerId() == batch.producerId()
                                    && one.firstOffset() <= batch.baseOffset()
                                    && one.lastOffset() > batch.baseOffset());
        }

        private void judge() {
            assertThat(position).isEqualTo(bench.log("t", 0).endOffset());
            Map<Long, Long> storedAt = new HashMap<>();
            for (BatchHeader batch : bench.log("t", 0).headers()) {
                if (!batch.isControl()) {
                    assertThat(storedAt.put(batch.maxTimestamp(), batch.baseOffset())).isNull();
                }
            }
            decided.forEach((id, commit) -> {
                if (commit) {
                    assertThat(storedAt).as("all of what is committed").containsKey(id);
                }
            });
            seenAt.forEach((id, offset) -> assertThat(storedAt).containsEntry(id, offset));
            assertThat(bench.store.openSlices()).isZero();
        }

        /** One producer with its coordinator, which knows its own mind. */
        private final class Client {
            private final long producer;
            private final List<Long> sent = new ArrayList<>();
            private int epochOfProducer;
            private boolean stored = true;
            private boolean waiting;
            private boolean ending;
            private boolean commit;
            private int life;

            Client(long producer) {
                this.producer = producer;
            }

            boolean isIdle() {
                return sent.isEmpty() && !waiting;
            }

            /** What it waited for does not come any more. */
            void reconnect() {
                life++;
                waiting = false;
            }

            void act() {
                Partition to = partition();
                if (to == null || waiting || (!calm && random.nextInt(3) > 0)) {
                    return;
                }
                if (ending) {
                    end(to);
                } else if (!stored) {
                    send(to); // again
                } else if (!sent.isEmpty() && (calm || random.nextInt(3) == 0)) {
                    decide();
                    end(to);
                } else if (!calm) {
                    stored = false;
                    sent.add(++ids);
                    send(to);
                }
            }

            private void decide() {
                ending = true;
                commit = random.nextInt(3) > 0;
                sent.forEach(id -> decided.put(id, commit));
                committed += commit ? 1 : 0;
                aborted += commit ? 0 : 1;
            }

            private void send(Partition to) {
                ByteBuffer batch =
                        transactional(sent.getLast(), producer, epochOfProducer, sent.size() - 1);
                int mine = life;
                Bench.on(
                        to,
                        () -> {
                            switch (to.beginTransaction(header(batch), true)) {
                                case Admission.Open open ->
                                        append(to, batch, PartitionLeader.NO_GUARD, mine);
                                case Admission.Guarded(long guard) ->
                                        append(to, batch, guard, mine);
                                case Admission.Refused(ErrorCode error, String detail) ->
                                        assertThat(error)
                                                .as(detail)
                                                .isNotEqualTo(ErrorCode.INVALID_PRODUCER_EPOCH);
                            }
                        });
            }

            private void append(Partition to, ByteBuffer batch, long guard, int mine) {
                waiting = true;
                List<BatchHeader> headers = List.of(header(batch));
                to.append(
                        batch,
                        headers,
                        (short) -1,
                        1_000,
                        guard,
                        result -> {
                            if (mine == life) {
                                waiting = false;
                                stored = result.error() == ErrorCode.NONE;
                            }
                        });
            }

            private void end(Partition to) {
                waiting = true;
                int mine = life;
                TransactionMarker marker =
                        new TransactionMarker(
                                producer, (short) (epochOfProducer + 1), 0, commit, (short) 2);
                Bench.on(
                        to,
                        () ->
                                to.writeMarker(
                                        marker,
                                        1_000,
                                        error -> {
                                            if (mine == life) {
                                                ended(error);
                                            }
                                        }));
            }

            private void ended(ErrorCode error) {
                waiting = false;
                assertThat(error).isNotEqualTo(ErrorCode.INVALID_PRODUCER_EPOCH);
                if (error == ErrorCode.NONE) {
                    ending = false;
                    epochOfProducer++;
                    sent.clear();
                }
            }
        }

        /** Mended by the next restart. */
        private final class Faults implements LogFaults {
            @Override
            public boolean failAppend(TopicPartition partition) {
                return faultsOn && random.nextInt(300) == 0;
            }

            @Override
            public boolean failFlush(TopicPartition partition) {
                return faultsOn && random.nextInt(200) == 0;
            }
        }
    }
}
