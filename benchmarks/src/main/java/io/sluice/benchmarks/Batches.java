package io.sluice.benchmarks;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;

/** Record batches as a client sends them. */
final class Batches {

    private static final long SEED = 11;
    private static final long TIMESTAMP_MS = 1_795_000_000_000L;

    private Batches() {}

    /** One batch of records of 1 KiB of text. */
    static ByteBuffer of(String codec, int records) {
        SplittableRandom random = new SplittableRandom(SEED);
        SimpleRecord[] list = new SimpleRecord[records];
        for (int i = 0; i < records; i++) {
            StringBuilder line = new StringBuilder();
            while (line.length() < 1024) {
                line.append("word").append(random.nextInt(500)).append(' ');
            }
            list[i] =
                    new SimpleRecord(
                            TIMESTAMP_MS + i,
                            ("key-" + i).getBytes(StandardCharsets.UTF_8),
                            line.substring(0, 1024).getBytes(StandardCharsets.UTF_8));
        }
        ByteBuffer heap =
                MemoryRecords.withRecords(
                                Compression.of(CompressionType.forName(codec)).build(), list)
                        .buffer();
        ByteBuffer direct = ByteBuffer.allocateDirect(heap.remaining());
        direct.put(heap).flip();
        return direct;
    }
}
