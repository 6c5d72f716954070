package io.sluice.benchmarks;

import io.sluice.core.config.ConfigResolver;
import io.sluice.core.config.TopicConfig;
import io.sluice.core.model.BatchHeader;
import io.sluice.core.record.ProduceValidator;
import io.sluice.core.record.RecordFormatException;
import io.sluice.core.record.RecordReader;
import io.sluice.storage.compress.LibraryCodecs;
import java.nio.ByteBuffer;
import java.util.Collections;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** What a batch costs at the door, by codec: the header alone, the check, every record. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class CodecBenchmark {

    private static final long NOW_MS = 1_795_000_000_100L;

    /** How the batch's records are compressed. */
    @Param({"none", "lz4", "zstd"})
    public String codec = "none";

    /** Records of 1 KiB in the batch. */
    @Param({"15"})
    public int records = 15;

    private final LibraryCodecs codecs = new LibraryCodecs();
    private final ProduceValidator validator = new ProduceValidator(codecs);
    private final TopicConfig everyRecord =
            new ConfigResolver(1, Map.of())
                    .topicConfig(
                            Map.of(
                                    "sluice.validate.records",
                                    "records",
                                    "sluice.delay.enable",
                                    "false"),
                            Collections.emptySortedMap());
    private final TopicConfig batchAlone =
            new ConfigResolver(1, Map.of())
                    .topicConfig(
                            Map.of("sluice.delay.enable", "false"), Collections.emptySortedMap());
    private final TopicConfig delays =
            new ConfigResolver(1, Map.of())
                    .topicConfig(
                            Map.of("sluice.delay.enable", "true"), Collections.emptySortedMap());
    private ByteBuffer batch = ByteBuffer.allocate(0);

    @Setup
    public void prepare() {
        batch = Batches.of(codec, records);
    }

    @Benchmark
    public BatchHeader header() {
        return BatchHeader.read(batch, 0);
    }

    @Benchmark
    public int checksum() {
        return BatchHeader.computeCrc(batch, 0, batch.limit());
    }

    /** With {@code sluice.delay.enable=false}. */
    @Benchmark
    public ProduceValidator.Checked check() {
        return validator.check(batch.duplicate(), batchAlone, NOW_MS);
    }

    /** With {@code sluice.validate.records=records}. */
    @Benchmark
    public ProduceValidator.Checked checkRecords() {
        return validator.check(batch.duplicate(), everyRecord, NOW_MS);
    }

    /** With {@code sluice.delay.enable=true}: looks for headers that ask for something. */
    @Benchmark
    public ProduceValidator.Checked checkDelays() {
        return validator.check(batch.duplicate(), delays, NOW_MS);
    }

    @Benchmark
    public long everyRecord() throws RecordFormatException {
        RecordReader reader =
                RecordReader.of(BatchHeader.read(batch, 0), batch.duplicate(), codecs);
        long sum = 0;
        while (reader.next()) {
            sum += reader.offsetDelta();
        }
        return sum;
    }
}
