package io.sluice.engine.schedule;

import io.sluice.core.model.BatchHeader;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.record.Codecs;
import io.sluice.core.record.RecordFormatException;
import io.sluice.core.record.RecordReader;
import io.sluice.core.schedule.Later;
import io.sluice.core.schedule.ScheduleFormat;
import io.sluice.core.schedule.ScheduleRecord;
import io.sluice.engine.log.FileSlice;
import io.sluice.engine.log.SliceBatches;
import io.sluice.engine.loop.Completion;
import io.sluice.engine.loop.IoThreads;
import io.sluice.engine.partition.Partition;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads the records of messages that wait, by their offsets. On the partition's loop. */
final class Originals {

    /** Bytes of batches read at once, or one batch. */
    private static final long MAX_BYTES = 4 << 20;

    /** What is made of records, on an I/O thread. */
    @FunctionalInterface
    interface Use<T> {

        /**
         * @param found in the order of the offsets, null where there is no such record; fewer than
         *     were asked for where they are large
         */
        T of(@Nullable Later[] found) throws IOException;
    }

    private final Partition partition;
    private final int leaderEpoch;
    private final IoThreads io;
    private final Codecs codecs;

    /** A batch and how many of the offsets are in it, or may be. */
    private record Piece(@Nullable FileSlice slice, int offsets) {}

    Originals(Partition partition, int leaderEpoch, IoThreads io, Codecs codecs) {
        this.partition = partition;
        this.leaderEpoch = leaderEpoch;
        this.io = io;
        this.codecs = codecs;
    }

    /**
     * Reads some.
     *
     * @param offsets in order, each once; at least one
     * @param done on the loop; it fails if the partition does not lead any more, or cannot be read
     */
    <T> void read(long[] offsets, Use<T> use, Completion<T> done) {
        List<Piece> pieces = new ArrayList<>();
        long bytes = 0;
        int count = 0;
        try {
            while (count < offsets.length && (bytes < MAX_BYTES || count == 0)) {
                Piece piece = piece(offsets, count);
                pieces.add(piece);
                count += piece.offsets;
                bytes += piece.slice == null ? 0 : piece.slice.sizeInBytes();
            }
        } catch (IOException e) {
            pieces.forEach(Originals::release);
            done.failed(e);
            return;
        }
        int all = count;
        io.call(
                IoThreads.Lane.READ,
                () -> use.of(records(pieces, offsets, all)),
                partition.loop(),
                done);
    }

    private static void release(Piece piece) {
        if (piece.slice != null) {
            piece.slice.release();
        }
    }

    private Piece piece(long[] offsets, int at) throws IOException {
        Partition.FetchResult result =
                partition.fetch(
                        new Partition.FetchSpec(offsets[at], leaderEpoch, -1, 1, true, false));
        FileSlice slice = result.read().slice();
        if (result.error() == ErrorCode.OFFSET_OUT_OF_RANGE && slice == null) {
            return new Piece(null, 1); // the log begins behind it
        }
        if (result.error() != ErrorCode.NONE || slice == null) {
            throw new IOException(
                    "%s at %d: %s".formatted(partition.name(), offsets[at], result.error()));
        }
        if (result.read().cold()) {
            return new Piece(slice, 1);
        }
        int offsetsIn = 1;
        long last = header(slice).lastOffset();
        while (at + offsetsIn < offsets.length && offsets[at + offsetsIn] <= last) {
            offsetsIn++;
        }
        return new Piece(slice, offsetsIn);
    }

    private static BatchHeader header(FileSlice slice) throws IOException {
        ByteBuffer header = ByteBuffer.allocate(BatchHeader.SIZE);
        try {
            while (header.hasRemaining()) {
                if (slice.read(header, header.position()) <= 0) {
                    throw new IOException("the log ends inside a batch");
                }
            }
        } catch (IOException e) {
            slice.release();
            throw e;
        }
        return BatchHeader.read(header, 0);
    }

    private @Nullable Later[] records(List<Piece> pieces, long[] offsets, int count)
            throws IOException {
        @Nullable Later[] found = new @Nullable Later[count];
        int at = 0;
        int read = 0;
        try {
            for (Piece piece : pieces) {
                read++;
                if (piece.slice != null) {
                    for (SliceBatches.Batch batch : SliceBatches.read(piece.slice)) {
                        take(batch, offsets, at, at + piece.offsets, found);
                    }
                }
                at += piece.offsets;
            }
        } catch (RecordFormatException e) {
            throw new IOException(e.getMessage(), e);
        } finally {
            pieces.subList(read, pieces.size()).forEach(Originals::release);
        }
        return found;
    }

    private void take(
            SliceBatches.Batch batch, long[] offsets, int from, int to, @Nullable Later[] found)
            throws IOException, RecordFormatException {
        BatchHeader header = batch.header();
        if (!header.isHidden()) {
            return;
        }
        if (BatchHeader.computeCrc(batch.bytes(), 0, header.sizeInBytes()) != header.crc()) {
            throw new IOException(
                    "%s: the batch at %d is damaged"
                            .formatted(partition.name(), header.baseOffset()));
        }
        RecordReader records = RecordReader.of(header, batch.bytes(), codecs);
        int at = from;
        while (at < to && records.next()) {
            while (at < to && offsets[at] < records.offset()) {
                at++; // it is not there
            }
            if (at < to && records.offset() == offsets[at]) {
                found[at] = later(records);
                at++;
            }
        }
    }

    private static @Nullable Later later(RecordReader record) throws RecordFormatException {
        return ScheduleFormat.type(record.key()) == ScheduleRecord.LATER
                        && ScheduleRecord.read(record.key(), record.value()) instanceof Later later
                ? later
                : null;
    }
}
