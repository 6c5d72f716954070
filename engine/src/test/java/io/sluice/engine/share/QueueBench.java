package io.sluice.engine.share;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.config.TopicConfig;
import io.sluice.core.model.BatchHeader;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TopicPartition;
import io.sluice.core.model.TransactionMarker;
import io.sluice.core.model.Uuid;
import io.sluice.core.partition.Admission;
import io.sluice.core.partition.PartitionLeader;
import io.sluice.core.share.Acknowledgement;
import io.sluice.core.share.Acquired;
import io.sluice.core.share.BackOff;
import io.sluice.core.share.ShareKey;
import io.sluice.core.share.ShareSettings;
import io.sluice.engine.fake.Batches;
import io.sluice.engine.fake.MemoryLog;
import io.sluice.engine.fake.MemoryLogStore;
import io.sluice.engine.fake.MemoryMetadata;
import io.sluice.engine.fake.MemoryShareStore;
import io.sluice.engine.fake.ZipCodecs;
import io.sluice.engine.log.FileSlice;
import io.sluice.engine.loop.CallerDrivenIo;
import io.sluice.engine.loop.CallerDrivenLoop;
import io.sluice.engine.loop.CallerDrivenScheduler;
import io.sluice.engine.loop.EventLoop;
import io.sluice.engine.loop.ManualClock;
import io.sluice.engine.partition.Partition;
import io.sluice.engine.partition.PartitionLifecycle;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.LongSupplier;

/** A broker with queues, on virtual time, with logs and a share coordinator in memory. */
final class QueueBench {
    static final int BROKER = 1;
    static final Uuid TOPIC = new Uuid(7, 1);
    static final long LOCK_MS = 1_000;

    /** Everything from the first record on, locks of a second. */
    static final QueueRules EARLIEST =
            new QueueRules(
                    new ShareSettings(LOCK_MS, 3, 2_000, 10_000, false, false, BackOff.NONE),
                    false,
                    new QueueRules.Start.Earliest());

    final CallerDrivenScheduler scheduler =
            new CallerDrivenScheduler(new ManualClock(1_700_000_000_000L));
    final CallerDrivenIo io;
    final MemoryLogStore logs;
    final CallerDrivenLoop home = new CallerDrivenLoop(scheduler);
    final List<EventLoop> loops =
            List.of(new CallerDrivenLoop(scheduler), new CallerDrivenLoop(scheduler));

    /** Of the connections. */
    final CallerDrivenLoop door = new CallerDrivenLoop(scheduler);

    final MemoryMetadata metadata = new MemoryMetadata(home);
    final MemoryShareStore store = new MemoryShareStore(scheduler);
    final Map<String, QueueRules> rules = new HashMap<>();
    final List<String> letters = new ArrayList<>();
    ErrorCode letterBox = ErrorCode.NONE;
    DeadLetterBox dead =
            (partition, key, letter, done) -> {
                if (letterBox == ErrorCode.NONE) {
                    letters.add(letter.toString());
                }
                done.accept(letterBox);
            };
    LoopQueues.Limits limits = LoopQueues.Limits.DEFAULT;
    QuestionBox questions = QuestionBox.NONE;
    PartitionLifecycle lifecycle;
    HostedQueues queues;
    int epoch;
    int partitions;

    QueueBench() {
        this(() -> 1_000_000L);
    }

    /**
     * @param ioDelayNanos how long the next I/O takes each way
     */
    QueueBench(LongSupplier ioDelayNanos) {
        io = new CallerDrivenIo(scheduler, ioDelayNanos);
        logs = new MemoryLogStore(io, Path.of("a"));
        lifecycle = process();
        queues = newQueues();
    }

    private PartitionLifecycle process() {
        return new PartitionLifecycle(
                BROKER,
                home,
                loops,
                logs,
                metadata,
                (topic, image) -> TopicConfig.DEFAULT,
                PartitionLifecycle.Settings.DEFAULT);
    }

    /** As after a start: nothing is known of queues but what is stored. */
    HostedQueues newQueues() {
        queues =
                new HostedQueues(
                                lifecycle.partitions(),
                                store,
                                group -> rules.getOrDefault(group, EARLIEST),
                                (partition, key, letter, done) ->
                                        dead.write(partition, key, letter, done),
                                io,
                                new ZipCodecs(),
                                limits)
                        .asking(questions);
        return queues;
    }

    /** Hosts the topic. */
    void host(int count) {
        partitions = count;
        lead();
        lifecycle.start(() -> {});
        settle();
    }

    /** The partitions are led in this epoch. */
    void lead() {
        metadata.put(MemoryMetadata.topic("t", TOPIC, BROKER, partitions, epoch));
    }

    void nextEpoch() {
        epoch++;
        lead();
    }

    /** Power cut: what was not flushed is gone, and everything under way. */
    void crash() {
        scheduler.clear();
        metadata.forgetListeners();
        logs.crash();
        lifecycle = process();
        newQueues();
        epoch++;
        lead();
        lifecycle.start(() -> {});
    }

    /** Long enough for all I/O to end, and too short for a lock. */
    void settle() {
        scheduler.advanceMs(100);
    }

    static ShareKey key(String group, int partition) {
        return new ShareKey(group, TOPIC, partition);
    }

    Partition partition(int number) {
        return Objects.requireNonNull(lifecycle.partitions().find(new TopicPartition("t", number)));
    }

    MemoryLog log(int number) {
        return Objects.requireNonNull(logs.log(new TopicPartition("t", number)));
    }

    static void on(EventLoop loop, Runnable task) {
        ((CallerDrivenLoop) loop).enter(task);
    }

    /** Appends a batch to the partition, and waits for it. */
    void append(int number, int records) {
        append(number, Batches.plain(records, scheduler.clock().wallMs()));
    }

    void append(int number, ByteBuffer batch) {
        append(number, batch, PartitionLeader.NO_GUARD);
    }

    private void append(int number, ByteBuffer batch, long guard) {
        Partition to = partition(number);
        List<BatchHeader> headers = List.of(BatchHeader.read(batch, 0));
        on(to.loop(), () -> to.append(batch, headers, (short) 1, 1_000, guard, result -> {}));
        scheduler.advanceMs(5);
    }

    /** A batch of a transaction. */
    void appendOpen(int number, int records, long producer, int sequence) {
        appendOpen(number, Batches.inTransaction(Batches.of(records, 1, producer, 0, sequence, 0)));
    }

    void appendOpen(int number, ByteBuffer batch) {
        Partition to = partition(number);
        long[] guard = {PartitionLeader.NO_GUARD};
        on(
                to.loop(),
                () -> {
                    if (to.beginTransaction(BatchHeader.read(batch, 0), true)
                            instanceof Admission.Guarded(long given)) {
                        guard[0] = given;
                    }
                });
        append(number, batch, guard[0]);
    }

    void end(int number, long producer, boolean commit) {
        Partition to = partition(number);
        TransactionMarker marker = new TransactionMarker(producer, (short) 1, 0, commit, (short) 2);
        on(to.loop(), () -> to.writeMarker(marker, 1_000, error -> {}));
        scheduler.advanceMs(5);
    }

    // ---- a member

    static Demand demand(String member, int maxRecords, long waitMs, ShareKey... keys) {
        List<Demand.Wanted> wanted = new ArrayList<>();
        for (ShareKey key : keys) {
            wanted.add(new Demand.Wanted(key, false));
        }
        return new Demand(member, wanted, maxRecords, true, 1_000, 1 << 20, 1, waitMs);
    }

    /** What came of a demand; its slices are read and released. */
    static final class Answer {
        final List<String> ranges = new ArrayList<>();
        final List<ErrorCode> errors = new ArrayList<>();
        final List<Long> batches = new ArrayList<>();
        final List<Delivery> deliveries = new ArrayList<>();
        boolean here;

        private void came(List<Delivery> of) {
            assertThat(here).as("answered once").isFalse();
            here = true;
            deliveries.addAll(of);
            for (Delivery delivery : of) {
                if (delivery.error() != ErrorCode.NONE) {
                    errors.add(delivery.error());
                }
                for (Acquired range : delivery.acquired()) {
                    ranges.add(
                            "%d-%d x%d".formatted(range.first(), range.last(), range.deliveries()));
                }
                FileSlice slice = delivery.records();
                if (slice != null) {
                    read(slice).forEach(header -> batches.add(header.baseOffset()));
                    slice.release();
                }
            }
        }
    }

    static List<BatchHeader> read(FileSlice slice) {
        ByteBuffer bytes = ByteBuffer.allocate(slice.sizeInBytes());
        try {
            assertThat(slice.read(bytes, 0)).isEqualTo(slice.sizeInBytes());
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        List<BatchHeader> headers = new ArrayList<>();
        for (int at = 0; at < bytes.capacity(); ) {
            BatchHeader header = BatchHeader.read(bytes, at);
            headers.add(header);
            at += header.sizeInBytes();
        }
        return headers;
    }

    /** Asks, and does not wait for the answer. */
    Answer ask(Demand demand) {
        Answer answer = new Answer();
        queues.take(demand, door, answer::came);
        return answer;
    }

    /** Asks, and waits so long that all that can come is there. */
    Answer take(Demand demand) {
        Answer answer = ask(demand);
        settle();
        return answer;
    }

    /** Takes from the first partition, waiting for the queue to load. */
    Answer take(String member, int maxRecords) {
        return take(demand(member, maxRecords, 50, key("g", 0)));
    }

    List<ErrorCode> tell(String member, Acknowledgement... items) {
        List<ErrorCode> answers = new ArrayList<>();
        queues.acknowledge(key("g", 0), member, List.of(items), door, answers::add);
        return answers;
    }

    List<ErrorCode> tell(String member, long first, long last, Acknowledgement.Type type) {
        return tell(member, new Acknowledgement(first, last, type));
    }

    void leave(String member, boolean delivered) {
        queues.leave(key("g", 0), member, delivered, door, error -> {});
        scheduler.advanceMs(5);
    }

    /** What queues know ahead, in runs. */
    int runsAhead() {
        int all = 0;
        for (EventLoop loop : loops) {
            int[] runs = new int[1];
            on(loop, () -> runs[0] = queues.of(loop).runsAhead());
            all += runs[0];
        }
        return all;
    }

    int atWork() {
        int all = 0;
        for (EventLoop loop : loops) {
            int[] size = new int[1];
            on(loop, () -> size[0] = queues.of(loop).size());
            all += size[0];
        }
        return all;
    }
}
