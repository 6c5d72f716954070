package io.sluice.engine.share;

import io.sluice.core.model.ErrorCode;
import io.sluice.core.record.Codecs;
import io.sluice.core.record.RecordFormatException;
import io.sluice.core.record.RecordReader;
import io.sluice.core.share.Acquired;
import io.sluice.engine.log.FileSlice;
import io.sluice.engine.log.SliceBatches;
import io.sluice.engine.loop.Completion;
import io.sluice.engine.loop.IoThreads;
import io.sluice.engine.partition.Partition;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Reads the keys of records that somebody is asked about. On the loop of their partition; records
 * are unpacked on I/O threads. What cannot be read, or lies beyond the bounds, has none.
 */
final class QuestionKeys {

    /** A longer key says nothing. */
    static final int MAX_KEY_BYTES = 1_024;

    /** Read at once; a larger batch is read whole. */
    private static final int READ_BYTES = 256 << 10;

    private static final int MAX_READS = 32;

    private final Partition source;
    private final List<Acquired> ranges;
    private final IoThreads io;
    private final Codecs codecs;
    private final Consumer<Map<Long, byte[]>> done;
    private final Map<Long, byte[]> keys = new HashMap<>();
    private int reads;

    /** What one read found. */
    private record Piece(Map<Long, byte[]> keys, long next) {}

    /**
     * @param ranges in order
     * @param done once, on the partition's loop: keys by offset
     */
    QuestionKeys(
            Partition source,
            List<Acquired> ranges,
            IoThreads io,
            Codecs codecs,
            Consumer<Map<Long, byte[]>> done) {
        this.source = source;
        this.ranges = ranges;
        this.io = io;
        this.codecs = codecs;
        this.done = done;
    }

    void begin() {
        readOn(ranges.getFirst().first());
    }

    private void readOn(long upTo) {
        long next = nextAsked(upTo);
        if (next < 0 || ++reads > MAX_READS) {
            done.accept(keys);
            return;
        }
        Partition.FetchResult result =
                source.fetch(new Partition.FetchSpec(next, -1, -1, READ_BYTES, true, false));
        FileSlice slice = result.read().slice();
        if (result.error() != ErrorCode.NONE || slice == null) {
            done.accept(keys);
            return;
        }
        io.call(
                IoThreads.Lane.READ,
                () -> piece(SliceBatches.read(slice), next),
                source.loop(),
                Completion.of(
                        piece -> {
                            keys.putAll(piece.keys);
                            readOn(Math.max(next + 1, piece.next));
                        },
                        fault -> done.accept(keys)));
    }

    /** The first record of the question from there on, or -1. */
    private long nextAsked(long offset) {
        for (Acquired range : ranges) {
            if (range.last() >= offset) {
                return Math.max(offset, range.first());
            }
        }
        return -1;
    }

    private Piece piece(List<SliceBatches.Batch> batches, long from) throws IOException {
        Map<Long, byte[]> found = new HashMap<>();
        long next = from;
        try {
            for (SliceBatches.Batch batch : batches) {
                next = batch.header().nextOffset();
                long asked = nextAsked(Math.max(from, batch.header().baseOffset()));
                if (batch.header().isControl() || asked < 0 || asked >= next) {
                    continue;
                }
                RecordReader records = RecordReader.of(batch.header(), batch.bytes(), codecs);
                while (records.next()) {
                    boolean fits = records.hasKey() && records.key().remaining() <= MAX_KEY_BYTES;
                    if (fits && nextAsked(records.offset()) == records.offset()) {
                        found.put(records.offset(), records.keyCopy());
                    }
                }
            }
        } catch (RecordFormatException e) {
            throw new IOException(e.getMessage(), e);
        }
        return new Piece(found, next);
    }
}
