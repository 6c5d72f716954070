package io.sluice.engine.schedule;

import io.sluice.core.config.TopicConfig;
import io.sluice.core.model.BatchHeader;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TopicPartition;
import io.sluice.core.model.TransactionMarker;
import io.sluice.core.model.Uuid;
import io.sluice.core.partition.Admission;
import io.sluice.core.partition.PartitionLeader;
import io.sluice.core.record.BatchWriter;
import io.sluice.core.record.Codecs;
import io.sluice.core.record.ControlBatch;
import io.sluice.core.record.RecordFormatException;
import io.sluice.core.record.RecordHeader;
import io.sluice.core.record.RecordReader;
import io.sluice.core.schedule.Deletion;
import io.sluice.core.schedule.Later;
import io.sluice.core.schedule.ScheduleHeaders;
import io.sluice.core.schedule.ScheduleRecord;
import io.sluice.core.schedule.Settled;
import io.sluice.engine.fake.Batches;
import io.sluice.engine.fake.MemoryLog;
import io.sluice.engine.fake.MemoryLogStore;
import io.sluice.engine.fake.MemoryMetadata;
import io.sluice.engine.fake.SimDisk;
import io.sluice.engine.log.FileSlice;
import io.sluice.engine.log.SliceBatches;
import io.sluice.engine.loop.CallerDrivenIo;
import io.sluice.engine.loop.CallerDrivenLoop;
import io.sluice.engine.loop.CallerDrivenScheduler;
import io.sluice.engine.loop.EventLoop;
import io.sluice.engine.loop.ManualClock;
import io.sluice.engine.partition.Partition;
import io.sluice.engine.partition.PartitionLifecycle;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** A broker where messages wait, on virtual time, with logs and scratch files in memory. */
final class ScheduleBench {
    static final int BROKER = 1;
    static final int NOBODY = 0;
    static final Uuid TOPIC = new Uuid(7, 1);
    static final TopicPartition NAME = new TopicPartition("t", 0);

    /** Few entries in memory, so that scratch files are used. */
    private static final int ENTRIES = 64;

    /** A message that its readers see. */
    record Seen(
            long offset, String value, long id, long dueMs, long from, long atMs, boolean hasKey) {}

    final CallerDrivenScheduler scheduler =
            new CallerDrivenScheduler(new ManualClock(1_700_000_000_000L));
    final CallerDrivenIo io;
    final MemoryLogStore logs;
    final CallerDrivenLoop home = new CallerDrivenLoop(scheduler);
    final List<EventLoop> loops = List.of(new CallerDrivenLoop(scheduler));
    final MemoryMetadata metadata = new MemoryMetadata(home);
    TopicConfig config = TopicConfig.DEFAULT;
    PartitionLifecycle lifecycle;
    HostedSchedules schedules;
    int epoch;

    /** Another broker that is in sync, or {@link #NOBODY}. */
    int other = NOBODY;

    ScheduleBench() {
        this(() -> 200_000L);
    }

    /**
     * @param ioDelayNanos how long the next I/O takes each way
     */
    ScheduleBench(LongSupplier ioDelayNanos) {
        io = new CallerDrivenIo(scheduler, ioDelayNanos);
        logs = new MemoryLogStore(io, Path.of("a"));
        lifecycle = process();
        schedules = newSchedules();
    }

    private PartitionLifecycle process() {
        return new PartitionLifecycle(
                BROKER,
                home,
                loops,
                logs,
                metadata,
                (topic, image) -> config,
                PartitionLifecycle.Settings.DEFAULT);
    }

    private HostedSchedules newSchedules() {
        HostedSchedules made =
                new HostedSchedules(
                        lifecycle.partitions(),
                        new SimDisk(new Random(1)),
                        Path.of("scratch"),
                        io,
                        Codecs.NONE,
                        new HostedSchedules.Settings(1_000_000, ENTRIES, 5_000));
        lifecycle.schedules(made);
        return made;
    }

    void host() {
        lead();
        lifecycle.start(() -> {});
        scheduler.advanceMs(50);
    }

    /** The partition is led in this epoch. */
    void lead() {
        List<Integer> replicas = other == NOBODY ? List.of(BROKER) : List.of(BROKER, other);
        metadata.put(MemoryMetadata.shared("t", TOPIC, replicas, replicas, BROKER, epoch));
    }

    /** The other broker has all below the offset, and asks for more. */
    void fetched(long offset) {
        on(() -> {
            FileSlice slice =
                    partition()
                            .replicaFetch(
                                    new Partition.ReplicaFetchSpec(
                                            other,
                                            0L,
                                            scheduler.clock().monotonicMs(),
                                            offset,
                                            epoch,
                                            -1,
                                            offset,
                                            0,
                                            false))
                            .read()
                            .slice();
            if (slice != null) {
                slice.release();
            }
        });
    }

    void nextEpoch() {
        epoch++;
        lead();
    }

    /** Power cut: what was not flushed is gone, and everything under way. */
    void crash() {
        crash(0L);
    }

    /** Nobody leads for a while. */
    void crash(long downMs) {
        scheduler.clear();
        metadata.forgetListeners();
        logs.crash();
        scheduler.advanceMs(downMs);
        lifecycle = process();
        schedules = newSchedules();
        epoch++;
        lead();
        lifecycle.start(() -> {});
    }

    @Nullable Partition find() {
        return lifecycle.partitions().find(NAME);
    }

    Partition partition() {
        return Objects.requireNonNull(find());
    }

    MemoryLog log() {
        return Objects.requireNonNull(logs.log(NAME));
    }

    long nowMs() {
        return scheduler.clock().wallMs();
    }

    void on(Runnable task) {
        ((CallerDrivenLoop) loops.getFirst()).enter(task);
    }

    // ---- what a door appends

    static Later later(String value, long dueMs, RecordHeader... headers) {
        return later(value, dueMs, Later.OWN_OFFSET, Later.NONE, headers);
    }

    static Later later(String value, long dueMs, long id, long previous, RecordHeader... headers) {
        return new Later(
                ScheduleRecord.NO_FLOOR,
                dueMs,
                id,
                previous,
                5L,
                null,
                value.getBytes(StandardCharsets.UTF_8),
                List.of(headers));
    }

    ByteBuffer hidden(ScheduleRecord... records) {
        BatchWriter writer = new BatchWriter();
        for (ScheduleRecord record : records) {
            writer.add(record.key(), record.value(), nowMs());
        }
        return writer.take(BatchHeader.CONTROL | BatchHeader.HIDDEN);
    }

    /** As a batch of a transaction that begins with it. */
    static ByteBuffer inTransaction(ByteBuffer batch, long producer, int sequence) {
        batch.putLong(BatchHeader.PRODUCER_ID_AT, producer);
        batch.putShort(BatchHeader.PRODUCER_EPOCH_AT, (short) 0);
        batch.putInt(BatchHeader.BASE_SEQUENCE_AT, sequence);
        return Batches.inTransaction(batch);
    }

    /** The answer's error comes later, or never. On the partition's loop. */
    void append(ByteBuffer batch, Consumer<Partition.AppendResult> done) {
        Partition to = partition();
        BatchHeader header = BatchHeader.read(batch, 0);
        long guard = PartitionLeader.NO_GUARD;
        if (header.isTransactional()
                && to.beginTransaction(header, true) instanceof Admission.Guarded(long given)) {
            guard = given;
        }
        to.append(batch, List.of(header), (short) -1, 1_000, guard, done::accept);
    }

    /** The offset of the first record, once it is acknowledged. */
    long send(ScheduleRecord... records) {
        long[] base = {-1L};
        on(() -> append(hidden(records), result -> base[0] = result.baseOffset()));
        scheduler.advanceMs(10);
        return base[0];
    }

    void end(long producer, boolean commit, Consumer<ErrorCode> done) {
        TransactionMarker marker = new TransactionMarker(producer, (short) 1, 0, commit, (short) 2);
        on(() -> partition().writeMarker(marker, 1_000, done));
    }

    // ---- what readers see

    /** Delayed messages that can be read now. */
    List<Seen> seen() {
        List<Seen> all = new ArrayList<>();
        Partition from = find();
        if (from == null) {
            return all;
        }
        long high = from.status().highWatermark();
        for (SliceBatches.Batch batch : batches(high)) {
            if (batch.header().isFired()) {
                all.addAll(delivered(batch));
            }
        }
        return all;
    }

    private List<SliceBatches.Batch> batches(long upTo) {
        List<SliceBatches.Batch> all = new ArrayList<>();
        try {
            for (long from = log().startOffset(); from < upTo; ) {
                FileSlice slice = log().read(from, upTo, Integer.MAX_VALUE, true).slice();
                if (slice == null) {
                    break;
                }
                all.addAll(SliceBatches.read(slice));
                from = all.getLast().header().nextOffset();
            }
            return all;
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static List<Seen> delivered(SliceBatches.Batch batch) {
        List<Seen> all = new ArrayList<>();
        try {
            RecordReader records = RecordReader.of(batch.header(), batch.bytes(), Codecs.NONE);
            while (records.next()) {
                all.add(
                        new Seen(
                                records.offset(),
                                StandardCharsets.UTF_8.decode(records.value()).toString(),
                                number(records, ScheduleHeaders.ID),
                                number(records, ScheduleHeaders.DUE),
                                from(records),
                                records.timestamp(),
                                records.hasKey()));
            }
        } catch (RecordFormatException e) {
            throw new AssertionError(e);
        }
        return all;
    }

    private static long number(RecordReader record, String name) throws RecordFormatException {
        return Long.parseLong(new String(header(record, name), StandardCharsets.UTF_8));
    }

    private static long from(RecordReader record) throws RecordFormatException {
        return ByteBuffer.wrap(header(record, ScheduleHeaders.FROM)).getLong();
    }

    private static byte[] header(RecordReader record, String name) throws RecordFormatException {
        byte[] found = null;
        for (RecordHeader header : record.headers()) {
            found = header.name().equals(name) ? header.value() : found;
        }
        return Objects.requireNonNull(found, name);
    }

    /** What the log holds, for the transcript of a failure. */
    String told() {
        StringBuilder text = new StringBuilder();
        for (SliceBatches.Batch batch : batches(log().endOffset())) {
            BatchHeader header = batch.header();
            text.append(
                    "%n%d-%d epoch %d%s%s "
                            .formatted(
                                    header.baseOffset(),
                                    header.lastOffset(),
                                    header.leaderEpoch(),
                                    header.isTransactional() ? " of " + header.producerId() : "",
                                    header.isMarker() ? marker(batch) : ""));
            if (header.isFired()) {
                delivered(batch).forEach(seen -> text.append(seen).append(' '));
            } else if (header.isHidden()) {
                text.append(hidden(batch));
            }
        }
        return text.toString();
    }

    private static String marker(SliceBatches.Batch batch) {
        try {
            return " " + ControlBatch.read(batch.header(), batch.bytes()).kind();
        } catch (RecordFormatException e) {
            throw new AssertionError(e);
        }
    }

    private static String hidden(SliceBatches.Batch batch) {
        StringBuilder text = new StringBuilder();
        try {
            RecordReader records = RecordReader.of(batch.header(), batch.bytes(), Codecs.NONE);
            while (records.next()) {
                ScheduleRecord record = ScheduleRecord.read(records.key(), records.value());
                switch (record) {
                    case Later later ->
                            text.append(
                                    "%s due %d id %d for %d floor %d; "
                                            .formatted(
                                                    new String(
                                                            Objects.requireNonNull(
                                                                    later.messageValue()),
                                                            StandardCharsets.UTF_8),
                                                    later.dueMs(),
                                                    later.id(),
                                                    later.previous(),
                                                    later.floor()));
                    case Settled settled ->
                            text.append(
                                    "settled %s floor %d; "
                                            .formatted(
                                                    Arrays.toString(settled.offsets()),
                                                    settled.floor()));
                    case Deletion order -> text.append(order);
                    case ScheduleRecord.Other other -> text.append(other);
                }
            }
        } catch (RecordFormatException e) {
            throw new AssertionError(e);
        }
        return text.toString();
    }

    List<String> values() {
        return seen().stream().map(Seen::value).toList();
    }
}
