package io.sluice.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.config.TopicConfig;
import io.sluice.core.model.BatchHeader;
import io.sluice.core.model.TopicPartition;
import io.sluice.core.model.Uuid;
import io.sluice.engine.disk.Disk;
import io.sluice.engine.fake.SimDisk;
import io.sluice.engine.log.FileSlice;
import io.sluice.engine.log.LogRead;
import io.sluice.engine.log.ReplicaLog;
import io.sluice.engine.loop.CallerDrivenIo;
import io.sluice.engine.loop.CallerDrivenLoop;
import io.sluice.engine.loop.CallerDrivenScheduler;
import io.sluice.engine.loop.Completion;
import io.sluice.engine.loop.ManualClock;
import io.sluice.storage.compress.LibraryCodecs;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** A store and its logs in one thread and virtual time, for tests. */
final class Fixture {

    static final TopicPartition T0 = new TopicPartition("orders", 0);
    static final Uuid TOPIC = new Uuid(0x10, 0x1);
    static final long START_MS = 1_700_000_000_000L;

    /** Of every run that is closed cleanly. */
    static final long BROKER_EPOCH = 77L;

    /** Far above what any test makes wait, so that a loop of events is found. */
    private static final int MAX_EVENTS = 1_000_000;

    final Disk disk;
    final List<Path> paths;
    final ManualClock clock = new ManualClock(START_MS);
    final List<String> failures = new ArrayList<>();
    LogStoreSettings settings = LogStoreSettings.DEFAULT;
    LongSupplier ioDelay = () -> 0L;
    CallerDrivenScheduler scheduler = new CallerDrivenScheduler(clock);
    CallerDrivenLoop loop = new CallerDrivenLoop(scheduler);
    CallerDrivenIo io = new CallerDrivenIo(scheduler, () -> 0L);
    private @Nullable LogDirectories store;
    private long identities = 1;

    Fixture(Disk disk, Path... paths) {
        this.disk = disk;
        this.paths = List.of(paths);
    }

    /** The end of something, once it is there. */
    static final class Outcome<T> implements Completion<T> {
        @Nullable T value;
        @Nullable IOException fault;
        int calls;

        @Override
        public void succeeded(T result) {
            value = result;
            calls++;
        }

        @Override
        public void failed(IOException failure) {
            fault = failure;
            calls++;
        }

        boolean isDone() {
            return calls > 0;
        }
    }

    LogDirectories store() throws IOException {
        LogDirectories now = store;
        if (now == null) {
            now =
                    LogDirectories.open(
                            disk,
                            paths,
                            io,
                            loop,
                            new LibraryCodecs(),
                            settings,
                            () -> new Uuid(0xABCDL, identities++));
            now.onFailure((id, path, cause) -> failures.add(path + ": " + cause.getMessage()));
            store = now;
        }
        return now;
    }

    /** Runs everything that is due. */
    void run() {
        scheduler.runReady();
    }

    /** Runs until the outcome is there, moving time. */
    <T> T await(Outcome<T> outcome) throws IOException {
        for (int i = 0; i < MAX_EVENTS && !outcome.isDone() && scheduler.runNext(); i++) {
            // on
        }
        assertThat(outcome.calls).as("completions").isEqualTo(1);
        if (outcome.fault != null) {
            throw outcome.fault;
        }
        T value = outcome.value;
        if (value == null) {
            throw new AssertionError("neither a value nor a fault");
        }
        return value;
    }

    PartitionLog open(TopicConfig config) throws IOException {
        return open(T0, config);
    }

    PartitionLog open(TopicPartition partition, TopicConfig config) throws IOException {
        Outcome<ReplicaLog> opened = new Outcome<>();
        store().open(partition, TOPIC, Uuid.ZERO, config, loop, opened);
        return (PartitionLog) await(opened);
    }

    /** Runs on the loop. */
    void on(IoTask task) throws IOException {
        IOException[] fault = new IOException[1];
        loop.enter(() -> {
            try {
                task.run();
            } catch (IOException e) {
                fault[0] = e;
            }
        });
        if (fault[0] != null) {
            throw fault[0];
        }
    }

    interface IoTask {
        void run() throws IOException;
    }

    /** Appends batches made at the log's end. */
    void append(ReplicaLog log, ByteBuffer batch) throws IOException {
        List<BatchHeader> headers = new ArrayList<>();
        long offset = log.endOffset();
        int epoch = Math.max(0, log.latestEpoch());
        for (int at = batch.position(); at < batch.limit(); ) {
            BatchHeader.assign(batch, at, offset, epoch);
            BatchHeader header = BatchHeader.read(batch, at);
            headers.add(header);
            offset = header.nextOffset();
            at += header.sizeInBytes();
        }
        on(() -> log.append(batch, headers, clock.wallMs()));
    }

    Outcome<Long> flushLater(ReplicaLog log) throws IOException {
        Outcome<Long> flushed = new Outcome<>();
        on(() -> log.flush(false, flushed));
        return flushed;
    }

    long flush(ReplicaLog log) throws IOException {
        return await(flushLater(log));
    }

    /** Cuts the log at the offset, and waits for it. */
    void truncate(ReplicaLog log, long offset) throws IOException {
        Outcome<Long> cut = new Outcome<>();
        on(() -> log.truncateTo(offset, cut));
        await(cut);
    }

    /** The bytes of a read; empty if there are none. */
    byte[] read(ReplicaLog log, long from, int maxBytes) throws IOException {
        LogRead[] read = new LogRead[1];
        on(() -> read[0] = log.read(from, log.endOffset(), maxBytes, true));
        FileSlice slice = read[0].slice();
        if (slice == null) {
            return new byte[0];
        }
        ByteBuffer bytes = ByteBuffer.allocate(slice.sizeInBytes());
        while (bytes.hasRemaining() && slice.read(bytes, bytes.position()) > 0) {
            // on
        }
        slice.release();
        return bytes.array();
    }

    /** The headers of everything from an offset on. */
    List<BatchHeader> headers(ReplicaLog log, long from) throws IOException {
        List<BatchHeader> headers = new ArrayList<>();
        long offset = from;
        while (offset < log.endOffset()) {
            byte[] bytes = read(log, offset, 1 << 20);
            if (bytes.length == 0) {
                break;
            }
            ByteBuffer buffer = ByteBuffer.wrap(bytes);
            for (int at = 0; at + BatchHeader.SIZE <= bytes.length; ) {
                BatchHeader header = BatchHeader.read(buffer, at);
                if (at + header.sizeInBytes() > bytes.length) {
                    break;
                }
                assertThat(BatchHeader.computeCrc(buffer, at, header.sizeInBytes()))
                        .isEqualTo(header.crc());
                headers.add(header);
                offset = header.nextOffset();
                at += header.sizeInBytes();
            }
        }
        return headers;
    }

    /** Closes cleanly; the next use opens anew. */
    void close() throws IOException {
        boolean[] closed = new boolean[1];
        store().close(BROKER_EPOCH, () -> closed[0] = true);
        for (int i = 0; i < MAX_EVENTS && !closed[0] && scheduler.runNext(); i++) {
            // on
        }
        assertThat(closed[0]).as("closed").isTrue();
        forget();
    }

    /** The process dies; what it wrote to the system stays. The next use opens anew. */
    void kill() {
        loop.halt();
        io.halt();
        forget();
    }

    /** The process and its machine die; the log as it is found then. */
    PartitionLog afterPowerCut(SimDisk power, TopicConfig config) throws IOException {
        kill();
        power.crash();
        return open(config);
    }

    private void forget() {
        loop.halt();
        io.halt();
        scheduler = new CallerDrivenScheduler(clock);
        loop = new CallerDrivenLoop(scheduler);
        io = new CallerDrivenIo(scheduler, ioDelay);
        store = null;
    }
}
