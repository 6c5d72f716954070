package io.sluice.engine.partition;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.config.TopicConfig;
import io.sluice.core.controller.PartitionImage;
import io.sluice.core.model.BatchHeader;
import io.sluice.core.model.ErrorCode;
import io.sluice.engine.fake.Batches;
import io.sluice.engine.fake.MemoryLog;
import io.sluice.engine.partition.Partition.FetchResult;
import io.sluice.engine.partition.Partition.FetchSpec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * Three brokers replicate two partitions, in one thread on virtual time: named scenes, and random
 * ones with crashes, cuts of the network and lost answers of the controller.
 */
class ReplicationSimulationTest {

    private static final int SEEDS = Integer.getInteger("sluice.replication.seeds", 60);

    private static final long PRODUCER = 7L;

    private final TopicConfig config = Configs.inSync(TopicConfig.DEFAULT, 2);

    /** A client of one cluster: what it wrote and what it saw. A batch's time is its identity. */
    private static final class Client {
        private final ReplicaCluster cluster;
        private final List<Map<Long, Long>> acknowledged =
                List.of(new TreeMap<>(), new TreeMap<>());
        private final List<Map<Long, Long>> seen = List.of(new TreeMap<>(), new TreeMap<>());
        private final List<ErrorCode> refused = new ArrayList<>();
        private long next = 1;

        Client(ReplicaCluster cluster) {
            this.cluster = cluster;
        }

        /** Writes one batch to whatever broker believes that it leads. */
        void write(int partition, int acks) {
            for (ReplicaNode node : cluster.nodes) {
                Partition at = node.partition(partition);
                if (node.alive && at != null && believesToLead(at)) {
                    writeTo(at, acks);
                }
            }
        }

        private static boolean believesToLead(Partition at) {
            ErrorCode[] error = new ErrorCode[1];
            Bench.on(at, () -> error[0] = at.endOfEpoch(0, -1).error());
            return error[0] == ErrorCode.NONE;
        }

        void writeTo(Partition at, int acks) {
            long value = next++;
            int partition = at.name().partition();
            ByteBuffer batch = Batches.plain(1 + (int) (value % 3), value);
            List<BatchHeader> headers = List.of(BatchHeader.read(batch, 0));
            Bench.on(
                    at,
                    () ->
                            at.append(
                                    batch,
                                    headers,
                                    (short) acks,
                                    1_000,
                                    result -> {
                                        if (result.error() != ErrorCode.NONE) {
                                            refused.add(result.error());
                                        } else if (acks == -1) {
                                            acknowledged
                                                    .get(partition)
                                                    .put(result.baseOffset(), value);
                                        }
                                    }));
        }

        /** Reads what any replica shows; all of it must stay. */
        void read(ReplicaNode node, int partition) {
            Partition at = node.partition(partition);
            if (!node.alive || at == null) {
                return;
            }
            long from = seen.get(partition).size() / 2;
            FetchResult result = Bench.fetch(at, new FetchSpec(from, -1, -1, 10_000, true, false));
            if (result.error() != ErrorCode.NONE || result.read().slice() == null) {
                return;
            }
            ByteBuffer bytes = ByteBuffer.allocate(result.read().slice().sizeInBytes());
            try {
                result.read().slice().read(bytes, 0L);
            } catch (IOException e) {
                throw new AssertionError(e);
            }
            result.read().slice().release();
            for (int at0 = 0; at0 < bytes.position(); ) {
                BatchHeader header = BatchHeader.read(bytes, at0);
                Long before = seen.get(partition).put(header.baseOffset(), header.maxTimestamp());
                assertThat(before == null || before == header.maxTimestamp())
                        .as("read twice at %d: %s, %s", header.baseOffset(), before, header)
                        .isTrue();
                at0 += header.sizeInBytes();
            }
        }

        /** In the end all replicas are the same and hold what was acknowledged or seen. */
        void judge() {
            for (int partition = 0; partition < 2; partition++) {
                PartitionImage image = cluster.partition(partition);
                assertThat(image.isr()).as("%s\n%s", image, cluster.nodes).hasSize(3);
                MemoryLog first = cluster.node(1).log(partition);
                Map<Long, Long> stored = new TreeMap<>();
                first.headers().forEach(one -> stored.put(one.baseOffset(), one.maxTimestamp()));
                assertThat(stored).containsAllEntriesOf(acknowledged.get(partition));
                assertThat(stored).containsAllEntriesOf(seen.get(partition));
                for (ReplicaNode node : cluster.nodes) {
                    MemoryLog log = node.log(partition);
                    assertThat(log.headers()).isEqualTo(first.headers());
                    assertThat(log.durableEndOffset()).isEqualTo(first.endOffset());
                    assertThat(log.toldHighWatermark()).isEqualTo(first.endOffset());
                    assertThat(node.store.openSlices()).isZero();
                }
            }
        }
    }

    @Test
    void aLeaderDiesAnotherTakesOverAndTheFirstComesBack() {
        ReplicaCluster cluster = new ReplicaCluster(7L, config);
        Client client = new Client(cluster);
        PartitionImage before = cluster.partition(0);
        assertThat(before.isr()).hasSize(3);
        client.write(0, -1);
        cluster.scheduler.advanceMs(60);
        assertThat(client.acknowledged.getFirst()).hasSize(1);

        // Records that only the leader has.
        int old = before.leader();
        for (int id = 1; id <= 3; id++) {
            cluster.cut(id, old, true);
            cluster.cut(old, id, true);
        }
        client.write(0, 1);
        client.write(0, -1);
        cluster.scheduler.advanceMs(40);
        MemoryLog oldLog = cluster.node(old).log(0);
        long cutOff = oldLog.endOffset();
        assertThat(oldLog.durableEndOffset()).isEqualTo(cutOff);
        cluster.crash(old);
        cluster.scheduler.advanceMs(400);
        PartitionImage after = cluster.partition(0);
        assertThat(after.leader()).isNotEqualTo(old);
        assertThat(after.leaderEpoch()).isGreaterThan(before.leaderEpoch());
        client.write(0, -1);
        cluster.scheduler.advanceMs(200);
        assertThat(client.acknowledged.getFirst()).hasSize(2);

        cluster.heal(); // it comes back with records that nobody else has
        cluster.scheduler.advanceMs(2_000);
        assertThat(cluster.partition(0).isr()).hasSize(3);
        assertThat(oldLog.headers()).isEqualTo(cluster.node(after.leader()).log(0).headers());
        client.write(1, -1);
        cluster.scheduler.advanceMs(500);
        client.judge();
    }

    @Test
    void aFollowerServesReadersUpToItsHighWatermark() { // KIP-392
        ReplicaCluster cluster = new ReplicaCluster(8L, config);
        Client client = new Client(cluster);
        client.write(0, -1);
        cluster.scheduler.advanceMs(400);
        int follower = cluster.partition(0).leader() == 1 ? 2 : 1;
        Partition at = Objects.requireNonNull(cluster.node(follower).partition(0));
        FetchResult found = Bench.fetch(at, 0);
        assertThat(found.error()).isEqualTo(ErrorCode.NONE);
        assertThat(found.highWatermark()).isPositive();
        assertThat(found.read().slice()).isNotNull();
        Objects.requireNonNull(found.read().slice()).release();
        List<Partition.AppendResult> refused = Bench.append(at, Batches.plain(1, 9L), -1);
        assertThat(refused.getFirst().error()).isEqualTo(ErrorCode.NOT_LEADER_OR_FOLLOWER);
    }

    /**
     * Its records are deleted when a replica comes that lags; that replica leads (seed 3005331).
     */
    @Test
    void aBatchThatComesAgainIsKnownWhereItWasNeverStored() {
        ReplicaCluster cluster = new ReplicaCluster(10L, config);
        int first = cluster.partition(0).leader();
        int late = first % 3 + 1;
        int third = late % 3 + 1;
        cluster.crash(late);
        cluster.scheduler.advanceMs(600);
        Partition leading = Objects.requireNonNull(cluster.node(first).partition(0));
        List<Partition.AppendResult> stored =
                Bench.append(leading, Batches.of(2, 100L, PRODUCER, 0, 0, 0), -1);
        cluster.scheduler.advanceMs(300);
        Bench.on(leading, () -> leading.deleteRecords(-1L, gone -> {}));
        assertThat(cluster.node(first).log(0).startOffset()).isEqualTo(2L);

        cluster.restart(late);
        cluster.scheduler.advanceMs(2_000);
        assertThat(cluster.node(late).log(0).startOffset()).isEqualTo(2L);
        cluster.crash(first);
        cluster.crash(third);
        cluster.scheduler.advanceMs(1_000);
        assertThat(cluster.partition(0).leader()).isEqualTo(late);
        Partition now = Objects.requireNonNull(cluster.node(late).partition(0));
        List<Partition.AppendResult> again =
                Bench.append(now, Batches.of(2, 100L, PRODUCER, 0, 0, 0), 1);
        assertThat(stored.getFirst().error()).isEqualTo(ErrorCode.NONE);
        assertThat(again.getFirst().error()).isEqualTo(ErrorCode.NONE);
        assertThat(again.getFirst().baseOffset()).isEqualTo(0L);
        assertThat(cluster.node(late).log(0).headers()).isEmpty();
    }

    @Test
    void belowMinInsyncReplicasWritersAreRefused() {
        ReplicaCluster cluster = new ReplicaCluster(9L, config);
        Client client = new Client(cluster);
        int leader = cluster.partition(0).leader();
        for (int id = 1; id <= 3; id++) {
            if (id != leader) {
                cluster.crash(id);
            }
        }
        cluster.scheduler.advanceMs(600);
        assertThat(cluster.partition(0).isr()).containsExactly(leader);
        client.write(0, -1);
        assertThat(client.refused).containsExactly(ErrorCode.NOT_ENOUGH_REPLICAS);
        cluster.heal();
        cluster.scheduler.advanceMs(2_000);
        client.write(0, -1);
        client.write(1, -1);
        cluster.scheduler.advanceMs(500);
        client.judge();
    }

    @Test
    void everyHistoryKeepsWhatWasAcknowledgedAndSeen() {
        int acknowledged = 0;
        for (long seed = 0; seed < SEEDS; seed++) {
            try {
                acknowledged += history(seed);
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("seed " + seed + ": " + e.getMessage(), e);
            }
        }
        assertThat(acknowledged).as("else nothing is proved").isGreaterThan(20 * SEEDS);
    }

    private int history(long seed) {
        ReplicaCluster cluster = new ReplicaCluster(seed, config);
        Client client = new Client(cluster);
        for (int step = 0; step < 400; step++) {
            int kind = cluster.random.nextInt(1_000);
            int one = 1 + cluster.random.nextInt(3);
            int other = 1 + cluster.random.nextInt(3);
            if (kind < 300) {
                client.write(cluster.random.nextInt(2), cluster.random.nextInt(4) == 0 ? 1 : -1);
            } else if (kind < 400) {
                client.read(cluster.node(one), cluster.random.nextInt(2));
            } else if (kind < 410) {
                cluster.crash(one);
            } else if (kind < 440) {
                cluster.restart(one);
            } else if (kind < 450) {
                cluster.cut(one, other, true);
            } else if (kind < 500) {
                cluster.cut(one, other, false);
            } else {
                cluster.scheduler.advanceMs(cluster.random.nextInt(20));
            }
        }
        cluster.heal();
        cluster.scheduler.advanceMs(4_000);
        client.write(0, -1);
        client.write(1, -1);
        cluster.scheduler.advanceMs(1_000);
        client.judge();
        return client.acknowledged.stream().mapToInt(Map::size).sum();
    }
}
