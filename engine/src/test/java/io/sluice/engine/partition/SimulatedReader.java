package io.sluice.engine.partition;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.model.BatchHeader;
import io.sluice.core.model.ErrorCode;
import io.sluice.engine.log.FileSlice;
import io.sluice.engine.log.SliceBatches;
import io.sluice.engine.partition.Partition.FetchResult;
import io.sluice.engine.partition.Partition.FetchSpec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * A reader of one partition from its start. All readers share what was seen at each offset: the
 * same bytes again (I-2), one batch after the other (I-1), nothing above the high watermark (I-9).
 */
final class SimulatedReader {

    private final Map<Long, ByteBuffer> seen;
    private final Random random;
    private long position;
    private long highWatermark;
    private boolean waiting;

    SimulatedReader(Map<Long, ByteBuffer> seen, Random random) {
        this.seen = seen;
        this.random = random;
    }

    long position() {
        return position;
    }

    /** The connection is new: what it waited for is forgotten. */
    void reconnect() {
        waiting = false;
    }

    /** Reads once, and waits for more where there is nothing. */
    void read(@Nullable Partition from) {
        if (from == null || waiting) {
            return;
        }
        Bench.on(from, () -> readNow(from));
    }

    private void readNow(Partition from) {
        FetchResult result =
                from.fetch(new FetchSpec(position, -1, -1, 1 + random.nextInt(400), true, false));
        if (result.error() == ErrorCode.OFFSET_OUT_OF_RANGE) {
            long start = from.status().logStartOffset();
            assertThat(start)
                    .as("a reader inside the log is never sent away")
                    .isGreaterThan(position);
            position = start;
            return;
        }
        if (result.error() != ErrorCode.NONE) {
            return;
        }
        assertThat(result.highWatermark()).isGreaterThanOrEqualTo(highWatermark);
        highWatermark = result.highWatermark();
        FileSlice slice = result.read().slice();
        if (slice == null) {
            assertThat(highWatermark).isLessThanOrEqualTo(position);
            waiting = true;
            from.watch(position, false, () -> woken(from));
            return;
        }
        assertThat(from.bytesAvailable(position, false, 1)).isPositive();
        take(slice);
    }

    private void woken(Partition from) {
        assertThat(waiting).as("woken once").isTrue();
        waiting = false;
        readNow(from);
    }

    private void take(FileSlice slice) {
        boolean first = true;
        for (SliceBatches.Batch batch : batches(slice)) {
            BatchHeader header = batch.header();
            ByteBuffer copy = batch.bytes();
            assertThat(BatchHeader.computeCrc(copy, 0, header.sizeInBytes()))
                    .isEqualTo(header.crc());
            boolean within = first && header.baseOffset() <= position;
            assertThat(within || header.baseOffset() == position).as("dense").isTrue();
            assertThat(header.lastOffset()).isLessThan(highWatermark);
            ByteBuffer before = seen.putIfAbsent(header.baseOffset(), copy);
            if (before != null) {
                assertThat(copy).isEqualTo(before);
            }
            position = header.nextOffset();
            first = false;
        }
    }

    private static List<SliceBatches.Batch> batches(FileSlice slice) {
        try {
            return SliceBatches.read(slice);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
