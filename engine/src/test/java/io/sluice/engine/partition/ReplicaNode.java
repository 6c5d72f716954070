package io.sluice.engine.partition;

import io.sluice.core.model.TopicPartition;
import io.sluice.core.partition.Lease;
import io.sluice.engine.fake.MemoryLog;
import io.sluice.engine.fake.MemoryLogStore;
import io.sluice.engine.loop.CallerDrivenIo;
import io.sluice.engine.loop.CallerDrivenLoop;
import io.sluice.engine.loop.EventLoop;
import io.sluice.engine.partition.ReplicaCluster.NodeMetadata;
import io.sluice.engine.replication.AnswerClock;
import io.sluice.engine.replication.Replication;
import io.sluice.engine.replication.ReplicationThrottle;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One broker of a {@link ReplicaCluster}. */
final class ReplicaNode {

    final int id;
    final NodeMetadata metadata;
    final MemoryLogStore store;
    boolean alive;
    long brokerEpoch = -1L;
    AnswerClock answers = new AnswerClock(-1L);
    private final ReplicaCluster cluster;
    private CallerDrivenLoop home;
    private List<CallerDrivenLoop> loops = List.of();
    private @Nullable PartitionLifecycle lifecycle;

    ReplicaNode(int id, ReplicaCluster cluster) {
        this.id = id;
        this.cluster = cluster;
        this.home = new CallerDrivenLoop(cluster.scheduler);
        this.metadata = new NodeMetadata(cluster, home);
        this.store =
                new MemoryLogStore(
                        new CallerDrivenIo(
                                cluster.scheduler,
                                () -> 50_000L + cluster.random.nextInt(1_000_000)),
                        Path.of("d"));
    }

    final ReplicationThrottle throttle = new ReplicationThrottle();

    void start() {
        alive = true;
        home = new CallerDrivenLoop(cluster.scheduler);
        loops =
                List.of(
                        new CallerDrivenLoop(cluster.scheduler),
                        new CallerDrivenLoop(cluster.scheduler));
        brokerEpoch = cluster.register(id, brokerEpoch);
        answers = new AnswerClock(brokerEpoch);
        metadata.restart(home);
        List<EventLoop> own = List.copyOf(loops);
        PartitionLifecycle made =
                new PartitionLifecycle(
                        id,
                        home,
                        own,
                        store,
                        metadata,
                        (topic, image) -> cluster.config,
                        PartitionLifecycle.Settings.DEFAULT,
                        new Replication(
                                new SimulatedPeers(id, cluster),
                                new Replication.Identity(id, () -> brokerEpoch),
                                100,
                                600,
                                300,
                                50,
                                100L,
                                throttle,
                                Lease.forEver()));
        lifecycle = made;
        long epoch = brokerEpoch;
        made.start(() -> {
            if (brokerEpoch == epoch) {
                cluster.heartbeat(id, epoch);
            }
        });
    }

    void crash() {
        alive = false;
        home.halt();
        loops.forEach(CallerDrivenLoop::halt);
        store.crash();
        lifecycle = null;
    }

    @Nullable Partition partition(int number) {
        PartitionLifecycle now = lifecycle;
        return now == null
                ? null
                : now.partitions().find(new TopicPartition(ReplicaCluster.TOPIC, number));
    }

    MemoryLog log(int number) {
        MemoryLog log = store.log(new TopicPartition(ReplicaCluster.TOPIC, number));
        if (log == null) {
            throw new AssertionError("broker " + id + " has no log of " + number);
        }
        return log;
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        text.append(alive ? "broker " : "dead broker ").append(id);
        text.append(" in epoch ").append(brokerEpoch);
        for (int number = 0; number < 2; number++) {
            MemoryLog log = store.log(new TopicPartition(ReplicaCluster.TOPIC, number));
            Partition partition = partition(number);
            if (log != null && partition != null) {
                text.append(", ").append(number).append(": ").append(partition.status());
                text.append(" durable to ").append(log.durableEndOffset());
                text.append(" last epoch ").append(log.latestEpoch());
            }
        }
        return text.append('\n').toString();
    }
}
