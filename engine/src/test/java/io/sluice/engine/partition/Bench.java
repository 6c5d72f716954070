package io.sluice.engine.partition;

import io.sluice.core.config.TopicConfig;
import io.sluice.core.controller.TopicImage;
import io.sluice.core.model.BatchHeader;
import io.sluice.core.model.TopicPartition;
import io.sluice.core.model.Uuid;
import io.sluice.core.partition.Lease;
import io.sluice.engine.fake.MemoryLog;
import io.sluice.engine.fake.MemoryLogStore;
import io.sluice.engine.fake.MemoryMetadata;
import io.sluice.engine.loop.CallerDrivenIo;
import io.sluice.engine.loop.CallerDrivenLoop;
import io.sluice.engine.loop.CallerDrivenScheduler;
import io.sluice.engine.loop.EventLoop;
import io.sluice.engine.loop.ManualClock;
import io.sluice.engine.replication.Replication;
import io.sluice.engine.replication.ReplicationThrottle;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.LongSupplier;

/** A broker's partitions on virtual time, with logs in memory. I/O takes a millisecond each way. */
final class Bench {

    static final int BROKER = 1;
    static final Path DIR_A = Path.of("a");
    static final Path DIR_B = Path.of("b");

    final CallerDrivenScheduler scheduler =
            new CallerDrivenScheduler(new ManualClock(1_700_000_000_000L));
    final MemoryLogStore store;
    final CallerDrivenLoop home = new CallerDrivenLoop(scheduler);
    final List<EventLoop> loops = new ArrayList<>();
    final MemoryMetadata metadata = new MemoryMetadata(home);
    TopicConfig config = TopicConfig.DEFAULT;
    long brokerEpoch = -1;
    Lease lease = Lease.forEver();
    PartitionLifecycle lifecycle;

    Bench() {
        this(() -> 1_000_000L);
    }

    /**
     * @param ioDelayNanos how long the next I/O takes each way
     */
    Bench(LongSupplier ioDelayNanos) {
        store = new MemoryLogStore(new CallerDrivenIo(scheduler, ioDelayNanos), DIR_A, DIR_B);
        loops.add(new CallerDrivenLoop(scheduler));
        loops.add(new CallerDrivenLoop(scheduler));
        lifecycle = newLifecycle();
    }

    /** The next process on the same store. */
    PartitionLifecycle newLifecycle() {
        lifecycle =
                new PartitionLifecycle(
                        BROKER,
                        home,
                        loops,
                        store,
                        metadata,
                        (topic, image) -> config,
                        new PartitionLifecycle.Settings(8, 86_400_000L, 600_000L),
                        new Replication(
                                Replication.alone(BROKER).peers(),
                                new Replication.Identity(BROKER, () -> brokerEpoch),
                                500,
                                10 << 20,
                                1 << 20,
                                1_000,
                                30_000L,
                                new ReplicationThrottle(),
                                lease));
        return lifecycle;
    }

    /** Power cut: what was not flushed is gone, and everything under way. A new process starts. */
    void crashAndRestart() {
        scheduler.clear();
        metadata.forgetListeners();
        store.crash();
        newLifecycle().start(() -> {});
    }

    boolean start() {
        boolean[] ready = new boolean[1];
        lifecycle.start(() -> ready[0] = true);
        settle();
        return ready[0];
    }

    /** Long enough for all I/O to end. */
    void settle() {
        scheduler.advanceMs(200);
    }

    TopicImage topic(String name, long id, int partitions) {
        return MemoryMetadata.topic(name, new Uuid(7L, id), BROKER, partitions, 0);
    }

    Partition partition(String topic, int number) {
        return Objects.requireNonNull(
                lifecycle.partitions().find(new TopicPartition(topic, number)),
                () -> topic + "-" + number + " is not hosted");
    }

    MemoryLog log(String topic, int number) {
        return Objects.requireNonNull(store.log(new TopicPartition(topic, number)));
    }

    /** Runs on the partition's loop, as a door does. */
    static void on(Partition partition, Runnable task) {
        ((CallerDrivenLoop) partition.loop()).enter(task);
    }

    /** Appends one batch; the results come into the list. */
    static List<Partition.AppendResult> append(Partition to, ByteBuffer batch, int acks) {
        List<Partition.AppendResult> results = new ArrayList<>();
        append(to, batch, acks, 1_000, results);
        return results;
    }

    static void append(
            Partition to,
            ByteBuffer batch,
            int acks,
            int timeoutMs,
            List<Partition.AppendResult> results) {
        List<BatchHeader> headers = List.of(BatchHeader.read(batch, 0));
        on(to, () -> to.append(batch, headers, (short) acks, timeoutMs, results::add));
    }

    static Partition.FetchResult fetch(Partition from, long offset) {
        return fetch(from, new Partition.FetchSpec(offset, -1, -1, 1 << 20, true, false));
    }

    static Partition.FetchResult fetch(Partition from, Partition.FetchSpec spec) {
        List<Partition.FetchResult> results = new ArrayList<>();
        on(from, () -> results.add(from.fetch(spec)));
        return results.getFirst();
    }
}
