package io.sluice.engine.share;

import io.sluice.core.model.ErrorCode;
import io.sluice.engine.log.FileSlice;
import io.sluice.engine.log.LogRead;
import io.sluice.engine.partition.Partition;
import io.sluice.engine.partition.Partition.FetchResult;
import io.sluice.engine.partition.Partition.FetchSpec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the log for a queue. Owned by the partition's loop; what must come from the device first is
 * waited for. Reads about as many bytes as the records that are wanted had lately.
 */
final class QueueReader {
    private static final Logger LOG = LoggerFactory.getLogger(QueueReader.class);

    /** What one read has at least: several small batches. */
    private static final int MIN_READ_BYTES = 16 << 10;

    /** And at most, but for a larger batch. */
    private static final int MAX_READ_BYTES = 4 << 20;

    private static final int FIRST_GUESS_BYTES = 1 << 10;

    private final Partition partition;
    private final int leaderEpoch;
    private final ByteBuffer window;
    private int bytesPerRecord = FIRST_GUESS_BYTES;

    /**
     * @param window for the headers of batches; shared by all readers of the loop
     */
    QueueReader(Partition partition, int leaderEpoch, ByteBuffer window) {
        this.partition = partition;
        this.leaderEpoch = leaderEpoch;
        this.window = window;
    }

    /**
     * A piece of the log; no page if there is nothing to read, or an error.
     *
     * @param done called once, at once or later; a page belongs to who gets it
     */
    void page(
            Page.Extent extent,
            int maxBytes,
            boolean readCommitted,
            BiConsumer<FetchResult, @Nullable Page> done) {
        FetchResult result =
                partition.fetch(
                        new FetchSpec(
                                extent.from(),
                                leaderEpoch,
                                -1,
                                bytesFor(extent, maxBytes),
                                true,
                                readCommitted));
        FileSlice slice = result.read().slice();
        if (slice == null) {
            done.accept(result, null);
        } else if (result.read().cold()) {
            partition.warm(slice, whole -> warmed(result, slice, extent, whole, done));
        } else {
            walk(result, slice, extent, done);
        }
    }

    /** About how many bytes a record had lately. */
    int bytesPerRecord() {
        return bytesPerRecord;
    }

    private int bytesFor(Page.Extent extent, int maxBytes) {
        long offsets = extent.upTo() == Long.MAX_VALUE ? Integer.MAX_VALUE : offsets(extent);
        long records = Math.min(extent.records(), offsets);
        long guess = Math.max(MIN_READ_BYTES, records * bytesPerRecord * 5 / 4);
        return (int) Math.max(1, Math.min(guess, Math.min(maxBytes, MAX_READ_BYTES)));
    }

    private static long offsets(Page.Extent extent) {
        return extent.upTo() - extent.from() + 1;
    }

    private void warmed(
            FetchResult result,
            FileSlice slice,
            Page.Extent extent,
            boolean whole,
            BiConsumer<FetchResult, @Nullable Page> done) {
        if (whole) {
            walk(result, slice, extent, done);
        } else {
            slice.release();
            done.accept(failed(result), null);
        }
    }

    private void walk(
            FetchResult result,
            FileSlice slice,
            Page.Extent extent,
            BiConsumer<FetchResult, @Nullable Page> done) {
        Page page;
        try {
            page = Page.of(slice, extent, window);
        } catch (IOException e) {
            LOG.error("a queue of {} cannot read its log: {}", partition.name(), e.getMessage());
            done.accept(failed(result), null);
            return;
        }
        long records = Math.max(1, page.records());
        bytesPerRecord = (int) Math.max(1, (bytesPerRecord * 3L + page.bytes() / records) / 4);
        done.accept(result, page);
    }

    private static FetchResult failed(FetchResult result) {
        return new FetchResult(
                ErrorCode.KAFKA_STORAGE_ERROR,
                result.highWatermark(),
                result.lastStableOffset(),
                result.logStartOffset(),
                LogRead.NOTHING,
                List.of(),
                null);
    }
}
