package io.sluice.engine.share;

import io.sluice.core.model.BatchHeader;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TopicPartition;
import io.sluice.core.record.BatchWriter;
import io.sluice.core.record.RecordFormatException;
import io.sluice.core.record.RecordReader;
import io.sluice.core.share.DeadLetter;
import io.sluice.engine.log.FileSlice;
import io.sluice.engine.log.SliceBatches;
import io.sluice.engine.loop.Completion;
import io.sluice.engine.loop.EventLoop;
import io.sluice.engine.loop.IoThreads;
import io.sluice.engine.partition.Partition;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Copies records of one dead letter, a piece at a time: reads the log, writes what it found, and
 * goes on once that is durable. On the loop of the partition it reads from.
 */
final class DeadLetterCopy {

    /** Read at once; a larger batch is read whole. */
    private static final int READ_BYTES = 512 << 10;

    /** And of each record, about, but for a larger batch. */
    private static final long GUESS_BYTES = 4 << 10;

    private static final int MIN_BYTES = 16 << 10;

    /** Written at once, or one record. */
    private static final int WRITE_BYTES = 256 << 10;

    /**
     * Letters to be written together.
     *
     * @param next the record behind them
     */
    private record Piece(@Nullable ByteBuffer batch, int records, long next) {}

    private final DeadLetterWriter.Tools tools;
    private final Partition source;
    private final EventLoop loop;
    private final DeadLetter letter;
    private final DeadLetterHeaders headers;
    private final boolean copies;
    private final TopicPartition target;
    private final Consumer<ErrorCode> done;
    private final long nowMs;
    private long next;
    private int maxBytes = WRITE_BYTES;

    /**
     * @param copies whether key, value and headers of the record go along
     * @param done once: NONE when all is durable
     */
    DeadLetterCopy(
            DeadLetterWriter.Tools tools,
            Partition source,
            String group,
            DeadLetter letter,
            boolean copies,
            TopicPartition target,
            Consumer<ErrorCode> done) {
        this.tools = tools;
        this.source = source;
        this.loop = source.loop();
        this.letter = letter;
        this.copies = copies;
        this.target = target;
        this.done = done;
        this.nowMs = loop.clock().wallMs();
        this.next = letter.first();
        this.headers = new DeadLetterHeaders(source.name(), group, letter, copies, nowMs);
    }

    void begin() {
        Partition.FetchResult result =
                source.fetch(new Partition.FetchSpec(next, -1, -1, readBytes(), true, false));
        FileSlice slice = result.read().slice();
        if (result.error() == ErrorCode.OFFSET_OUT_OF_RANGE && next < result.logStartOffset()) {
            wrote(result.logStartOffset()); // they are gone, there is nothing to copy
        } else if (result.error() != ErrorCode.NONE) {
            done.accept(result.error());
        } else if (slice == null) {
            done.accept(ErrorCode.OFFSET_NOT_AVAILABLE);
        } else {
            long from = next;
            int limit = maxBytes;
            tools.io()
                    .call(
                            IoThreads.Lane.READ,
                            () -> piece(SliceBatches.read(slice), from, limit),
                            loop,
                            Completion.of(
                                    piece -> append(piece),
                                    fault -> done.accept(ErrorCode.KAFKA_STORAGE_ERROR)));
        }
    }

    /** Records that expire one by one are a letter each: their neighbours need not be read. */
    private int readBytes() {
        return (int) Math.clamp((letter.last() - next + 1) * GUESS_BYTES, MIN_BYTES, READ_BYTES);
    }

    private void wrote(long upTo) {
        next = upTo;
        if (next > letter.last()) {
            done.accept(ErrorCode.NONE);
        } else {
            begin();
        }
    }

    private Piece piece(List<SliceBatches.Batch> batches, long from, int limit) throws IOException {
        BatchWriter writer = new BatchWriter();
        long end = from;
        try {
            for (SliceBatches.Batch batch : batches) {
                BatchHeader header = batch.header();
                if (header.baseOffset() > letter.last() || writer.sizeInBytes() >= limit) {
                    break;
                }
                end = header.nextOffset();
                if (header.isControl()) {
                    continue;
                }
                RecordReader records = RecordReader.of(header, batch.bytes(), tools.codecs());
                while (records.next()) {
                    if (records.offset() < from || records.offset() > letter.last()) {
                        continue;
                    }
                    if (writer.records() > 0 && writer.sizeInBytes() >= limit) {
                        return piece(writer, records.offset());
                    }
                    add(writer, records);
                }
            }
        } catch (RecordFormatException e) {
            throw new IOException(e.getMessage(), e);
        }
        return piece(writer, end);
    }

    private static Piece piece(BatchWriter writer, long next) {
        int records = writer.records();
        return new Piece(records == 0 ? null : writer.take(), records, next);
    }

    private void add(BatchWriter to, RecordReader record) throws RecordFormatException {
        to.add(
                copies ? record.keyCopy() : null,
                copies ? record.valueCopy() : null,
                headers.of(
                        copies ? record.headers() : List.of(), record.offset(), record.timestamp()),
                nowMs);
    }

    private void append(Piece piece) {
        if (piece.batch == null) {
            wrote(piece.next);
        } else {
            tools.appender().append(target, piece.batch, loop, error -> appended(error, piece));
        }
    }

    private void appended(ErrorCode error, Piece piece) {
        if (error == ErrorCode.NONE) {
            wrote(piece.next);
        } else if (error == ErrorCode.MESSAGE_TOO_LARGE && piece.records > 1) {
            maxBytes = 1; // one by one
            begin();
        } else {
            done.accept(error);
        }
    }
}
