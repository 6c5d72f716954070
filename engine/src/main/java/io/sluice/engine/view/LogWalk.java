package io.sluice.engine.view;

import io.sluice.core.model.AbortedTransaction;
import io.sluice.core.model.BatchHeader;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.record.Codecs;
import io.sluice.core.record.RecordFormatException;
import io.sluice.core.record.RecordReader;
import io.sluice.engine.log.FileSlice;
import io.sluice.engine.log.SliceBatches;
import io.sluice.engine.loop.Completion;
import io.sluice.engine.loop.IoThreads;
import io.sluice.engine.partition.Partition;
import io.sluice.engine.partition.Partition.FetchResult;
import io.sluice.engine.partition.Partition.FetchSpec;
import java.util.List;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads records of a partition for a view, a stretch at a time: bytes and records on I/O threads,
 * and between them a word from the loop.
 */
public final class LogWalk {
    private static final Logger LOG = LoggerFactory.getLogger(LogWalk.class);

    /** Read at once; a larger batch is read whole. */
    private static final int READ_BYTES = 512 << 10;

    private final IoThreads io;
    private final Codecs codecs;

    public LogWalk(IoThreads io, Codecs codecs) {
        this.io = io;
        this.codecs = codecs;
    }

    /**
     * Batches that follow each other.
     *
     * @param next the offset behind the last
     */
    public record Stretch(
            List<SliceBatches.Batch> batches,
            List<AbortedTransaction> aborted,
            long from,
            long next) {

        private boolean isAborted(BatchHeader header) {
            return AbortedTransaction.anyHolds(aborted, header);
        }
    }

    /** What is done with records, on an I/O thread. */
    @FunctionalInterface
    public interface Visitor {

        /** Takes a record; false if it has no room for it, and there it ends. */
        boolean visit(RecordReader record) throws RecordFormatException;
    }

    /**
     * Reads from the first offset that is asked for on.
     *
     * @param found on the loop; at least one whole batch
     * @param refused on the loop: an error, or LATER if nothing is there
     */
    public void read(
            Partition partition, View.Ask ask, Consumer<Stretch> found, Consumer<Piece> refused) {
        FetchResult result =
                partition.fetch(
                        new FetchSpec(ask.from(), -1, -1, READ_BYTES, true, ask.readCommitted()));
        FileSlice slice = result.read().slice();
        if (result.error() != ErrorCode.NONE) {
            refused.accept(Piece.refused(result.error()));
        } else if (slice == null) {
            refused.accept(Piece.LATER);
        } else {
            onThreads(
                    partition,
                    () -> {
                        List<SliceBatches.Batch> batches = SliceBatches.read(slice);
                        long next = batches.getLast().header().nextOffset();
                        return new Stretch(
                                batches, result.aborted(), ask.from(), Math.min(next, ask.end()));
                    },
                    found,
                    refused);
        }
    }

    private <T> void onThreads(
            Partition partition,
            IoThreads.IoCall<T> call,
            Consumer<T> done,
            Consumer<Piece> refused) {
        io.call(
                IoThreads.Lane.READ,
                call,
                partition.loop(),
                Completion.of(
                        done,
                        fault -> {
                            LOG.warn("a view of {}: {}", partition.name(), fault.getMessage());
                            refused.accept(Piece.refused(ErrorCode.KAFKA_STORAGE_ERROR));
                        }));
    }

    /**
     * Visits the records of a stretch, which clients would see, in order.
     *
     * @param writer what the visitor writes to
     * @param done on the loop, with the piece, which ends before the record there was no room for
     */
    public void visit(
            Partition partition,
            Stretch stretch,
            PieceWriter writer,
            Visitor visitor,
            Consumer<Piece> done) {
        onThreads(partition, () -> writer.upTo(visitAll(stretch, visitor)), done, done);
    }

    private long visitAll(Stretch stretch, Visitor visitor) {
        for (SliceBatches.Batch batch : stretch.batches) {
            BatchHeader header = batch.header();
            if (header.isControl() || stretch.isAborted(header)) {
                continue;
            }
            try {
                long stopped = visitBatch(batch, stretch, visitor);
                if (stopped >= 0) {
                    return stopped;
                }
            } catch (RecordFormatException e) { // whoever is given it has to find out, too
                LOG.warn("a view leaves out {}: {}", header.baseOffset(), e.getMessage());
            }
        }
        return stretch.next;
    }

    /** The record there was no room for, or -1. */
    private long visitBatch(SliceBatches.Batch batch, Stretch stretch, Visitor visitor)
            throws RecordFormatException {
        BatchHeader header = batch.header();
        RecordReader record = RecordReader.of(header, batch.bytes(), codecs);
        long next = header.baseOffset();
        while (record.next()) {
            long offset = record.offset();
            if (offset < next || offset > header.lastOffset()) {
                throw new RecordFormatException("a record has an offset out of order");
            }
            next = offset + 1;
            boolean within = offset >= stretch.from && offset < stretch.next;
            if (within && !visitor.visit(record)) {
                return offset;
            }
        }
        return -1;
    }
}
