package io.sluice.benchmarks;

import io.sluice.core.config.TopicConfig;
import io.sluice.core.model.BatchHeader;
import io.sluice.core.model.TopicPartition;
import io.sluice.core.model.Uuid;
import io.sluice.engine.log.FileSlice;
import io.sluice.engine.log.LogRead;
import io.sluice.engine.log.ReplicaLog;
import io.sluice.engine.loop.CallerDrivenIo;
import io.sluice.engine.loop.CallerDrivenLoop;
import io.sluice.engine.loop.CallerDrivenScheduler;
import io.sluice.engine.loop.Completion;
import io.sluice.engine.loop.ManualClock;
import io.sluice.storage.FileDisk;
import io.sluice.storage.LogDirectories;
import io.sluice.storage.LogStoreSettings;
import io.sluice.storage.compress.LibraryCodecs;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The log on the real disk, on a loop that the benchmark drives: an append to the page cache, a
 * lookup of a random offset through index and scan, and a read of what follows.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class LogBenchmark {

    private static final long NOW_MS = 1_795_000_000_000L;

    /** Bounds the disk a run takes; the oldest records go. */
    private static final long KEEP_BYTES = 1L << 30;

    private static final int FILLED_BATCHES = 20_000;

    /** Records of 1 KiB in a batch. */
    @Param({"15", "120"})
    public int records = 15;

    private final CallerDrivenScheduler scheduler =
            new CallerDrivenScheduler(new ManualClock(NOW_MS));
    private final CallerDrivenLoop loop = new CallerDrivenLoop(scheduler);
    private final SplittableRandom random = new SplittableRandom(5);
    private ByteBuffer batch = ByteBuffer.allocate(0);
    private @Nullable BatchHeader header;
    private @Nullable Path folder;
    private @Nullable ReplicaLog log;

    @Setup(Level.Trial)
    public void open() throws IOException {
        batch = Batches.of("none", records);
        header = BatchHeader.read(batch, 0);
        folder = Files.createTempDirectory("log-benchmark-");
        CallerDrivenIo io = new CallerDrivenIo(scheduler, () -> 0L);
        LogDirectories store =
                LogDirectories.open(
                        new FileDisk(),
                        List.of(folder),
                        io,
                        loop,
                        new LibraryCodecs(),
                        LogStoreSettings.DEFAULT,
                        () -> new Uuid(1, 1));
        store.open(
                new TopicPartition("t", 0),
                new Uuid(2, 2),
                Uuid.ZERO,
                TopicConfig.DEFAULT,
                loop,
                Completion.of(
                        opened -> log = opened,
                        fault -> {
                            throw new IllegalStateException(fault);
                        }));
        scheduler.runReady();
        for (int i = 0; i < FILLED_BATCHES * 15 / records; i++) {
            append();
        }
    }

    @TearDown(Level.Trial)
    public void close() throws IOException {
        // An orderly close would wait for a loop that nobody drives meanwhile; the files go anyway.
        if (folder != null) {
            try (var files = Files.walk(folder)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.deleteIfExists(file);
                }
            }
        }
    }

    private ReplicaLog log() {
        if (log == null) {
            throw new IllegalStateException("the log did not open");
        }
        return log;
    }

    @Benchmark
    public long append() throws IOException {
        ReplicaLog to = log();
        if (header == null) {
            throw new IllegalStateException("no batch");
        }
        long offset = to.endOffset();
        BatchHeader.assign(batch, 0, offset, 0);
        long[] end = new long[1];
        IOException[] fault = new IOException[1];
        BatchHeader placed = header.at(offset, 0);
        loop.enter(() -> {
            try {
                to.append(batch.duplicate(), List.of(placed), NOW_MS);
                end[0] = to.endOffset();
                to.highWatermark(end[0]);
                if (to.sizeInBytes() > KEEP_BYTES) {
                    to.advanceStartOffset(end[0] - FILLED_BATCHES);
                }
            } catch (IOException e) {
                fault[0] = e;
            }
        });
        if (fault[0] != null) {
            throw fault[0];
        }
        return end[0];
    }

    /** Index and scan: the first batch of a random offset. */
    @Benchmark
    public LogRead find() throws IOException {
        return read(1);
    }

    /** A megabyte from a random offset, as a slice: nothing is copied. */
    @Benchmark
    public LogRead readMegabyte() throws IOException {
        return read(1 << 20);
    }

    private LogRead read(int bytes) throws IOException {
        ReplicaLog from = log();
        long offset = random.nextLong(from.startOffset(), from.endOffset());
        LogRead[] found = {LogRead.NOTHING};
        IOException[] fault = new IOException[1];
        loop.enter(() -> {
            try {
                found[0] = from.read(offset, from.endOffset(), bytes, true);
            } catch (IOException e) {
                fault[0] = e;
            }
        });
        if (fault[0] != null) {
            throw fault[0];
        }
        FileSlice slice = found[0].slice();
        if (slice != null) {
            slice.release();
        }
        return found[0];
    }
}
