package io.sluice.storage;

import io.sluice.core.model.AbortedTransaction;
import io.sluice.core.model.BatchHeader;
import io.sluice.core.model.CompressionType;
import io.sluice.core.model.ControlRecord;
import io.sluice.core.record.Codecs;
import io.sluice.core.record.ControlBatch;
import io.sluice.core.record.Recompression;
import io.sluice.core.record.RecordFormatException;
import io.sluice.core.record.RecordReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Compacts one log on an I/O thread: first learns the newest offset of every key in the dirty part,
 * then rewrites the segments keeping for each key what is newest, at its old offset (I-5). A
 * tombstone stays until delete.retention.ms after it was first compacted; the batch then carries
 * that time (KIP-534). Records of aborted transactions go, and never hide older ones; a marker
 * stays as long after the last batch of its transaction as a tombstone does.
 */
final class CleaningRun {

    /** Segments merged into one: they are held open while it takes their place. */
    private static final int MAX_GROUP = 64;

    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final LogDirectories store;
    private final Codecs codecs;
    private final CleaningPlan plan;
    private final OffsetMap newest;
    private CleanedTransactions transactions;
    private long mappedEnd;
    private long lastMarkerGone = -1L;

    CleaningRun(LogDirectories store, Codecs codecs, CleaningPlan plan, int bufferBytes) {
        this.store = store;
        this.codecs = codecs;
        this.plan = plan;
        this.newest = new OffsetMap(bufferBytes);
        this.transactions = new CleanedTransactions(plan);
        this.mappedEnd = plan.firstDirty();
    }

    /**
     * One cleaned segment and the segments it takes the place of.
     *
     * @param lastMarkerGone the offset of the last marker that was removed, or -1
     */
    record Replacement(
            CleanedSegment cleaned, List<CleaningPlan.Part> replaced, long lastMarkerGone) {}

    /** What came of it. */
    record Result(List<Replacement> replacements, long cleanedUpTo) {}

    Result run() throws IOException {
        learn();
        transactions = new CleanedTransactions(plan); // it goes through the log once more
        List<Replacement> replacements = new ArrayList<>();
        List<CleaningPlan.Part> group = new ArrayList<>();
        long groupBytes = 0;
        for (CleaningPlan.Part part : plan.parts()) {
            if (part.baseOffset() >= mappedEnd) {
                break;
            }
            boolean fits =
                    groupBytes + part.size() <= plan.config().segmentBytes()
                            && !group.isEmpty()
                            && group.size() < MAX_GROUP
                            && part.endOffset() - group.getFirst().baseOffset()
                                    <= Integer.MAX_VALUE;
            if (!fits && !group.isEmpty()) {
                replacements.add(rewrite(group));
                group = new ArrayList<>();
                groupBytes = 0;
            }
            group.add(part);
            groupBytes += part.size();
        }
        if (!group.isEmpty()) {
            replacements.add(rewrite(group));
        }
        return new Result(replacements, mappedEnd);
    }

    /** Reads the keys of the dirty part, as far as the memory goes. */
    private void learn() throws IOException {
        for (CleaningPlan.Part part : plan.parts()) {
            if (part.endOffset() <= plan.firstDirty()) {
                continue;
            }
            transactions.begin(part);
            OpenFiles.Held held = store.files().acquire(part.segment().log());
            try {
                BatchScanner scanner =
                        new BatchScanner(held.file(), 0, part.size(), part.baseOffset());
                for (BatchHeader batch = scanner.next(); batch != null; batch = scanner.next()) {
                    if (newest.isFull()) {
                        return;
                    }
                    if (batch.isMarker()) {
                        transactions.isNeedless(
                                batch, control(part, batch, scanner), new ArrayList<>(0));
                    } else if (!transactions.isAborted(batch)
                            && !batch.isHidden()
                            && batch.nextOffset() > plan.firstDirty()) {
                        learn(part, batch, scanner);
                    }
                    mappedEnd = Math.max(mappedEnd, batch.nextOffset());
                }
                refuseDamage(part, scanner);
            } finally {
                held.release();
            }
            mappedEnd = Math.max(mappedEnd, part.endOffset());
        }
    }

    private void learn(CleaningPlan.Part part, BatchHeader batch, BatchScanner scanner)
            throws IOException {
        try {
            RecordReader records = RecordReader.of(batch, scanner.bytes(), codecs);
            while (records.next()) {
                if (records.hasKey() && records.offset() >= plan.firstDirty()) {
                    newest.put(records.key(), records.offset());
                }
            }
        } catch (RecordFormatException e) {
            throw damaged(part, batch, scanner, e);
        }
    }

    private static ControlRecord control(
            CleaningPlan.Part part, BatchHeader batch, BatchScanner scanner) throws IOException {
        try {
            return ControlBatch.read(batch, scanner.bytes());
        } catch (RecordFormatException e) {
            throw damaged(part, batch, scanner, e);
        }
    }

    private static void refuseDamage(CleaningPlan.Part part, BatchScanner scanner)
            throws CorruptLogException {
        if (scanner.position() < part.size()) {
            throw new CorruptLogException(
                    part.segment().log().path(), scanner.position(), scanner.fault());
        }
    }

    private static CorruptLogException damaged(
            CleaningPlan.Part part,
            BatchHeader batch,
            BatchScanner scanner,
            RecordFormatException e) {
        return new CorruptLogException(
                part.segment().log().path(),
                scanner.batchPosition(),
                "records of the batch at offset %d: %s"
                        .formatted(batch.baseOffset(), e.getMessage()));
    }

    private Replacement rewrite(List<CleaningPlan.Part> group) throws IOException {
        CleanedSegment cleaned =
                new CleanedSegment(
                        store.disk(),
                        plan.folder(),
                        group.getFirst().baseOffset(),
                        plan.config().indexIntervalBytes(),
                        !group.getFirst().segment().aborted().isEmpty(),
                        group.getFirst().segment().scheduled() != null);
        try (cleaned) {
            for (CleaningPlan.Part part : group) {
                rewrite(part, cleaned, part == group.getLast());
            }
            cleaned.finish();
        }
        return new Replacement(cleaned, group, lastMarkerGone);
    }

    /** A segment never becomes empty: an empty file is what a lost one looks like. */
    private void rewrite(CleaningPlan.Part part, CleanedSegment cleaned, boolean isLast)
            throws IOException {
        transactions.begin(part);
        OpenFiles.Held held = store.files().acquire(part.segment().log());
        try {
            BatchScanner scanner = new BatchScanner(held.file(), 0, part.size(), part.baseOffset());
            for (BatchHeader batch = scanner.next(); batch != null; batch = scanner.next()) {
                ByteBuffer bytes = scanner.bytes();
                boolean mayVanish =
                        !isLast || scanner.position() < part.size() || !cleaned.isEmpty();
                try {
                    ByteBuffer kept =
                            batch.isMarker()
                                    ? marker(batch, bytes, mayVanish, cleaned)
                                    : transactions.isAborted(batch)
                                            ? emptied(batch, bytes, mayVanish)
                                            : batch.isScheduled()
                                                    ? scheduled(batch, bytes, mayVanish)
                                                    : filter(batch, bytes, mayVanish);
                    if (kept.hasRemaining()) {
                        cleaned.append(BatchHeader.read(kept, kept.position()), kept);
                    }
                } catch (RecordFormatException e) {
                    throw damaged(part, batch, scanner, e);
                }
            }
            refuseDamage(part, scanner);
        } finally {
            held.release();
        }
    }

    /** The batch with what is kept of it: itself, a smaller one, a bare header, or nothing. */
    private ByteBuffer filter(BatchHeader batch, ByteBuffer bytes, boolean mayVanish)
            throws RecordFormatException {
        int kept = 0;
        boolean tombstones = false;
        RecordReader records = RecordReader.of(batch, bytes, codecs);
        while (records.next()) {
            if (keeps(batch, records)) {
                kept++;
                tombstones |= records.isTombstone();
            }
        }
        boolean setHorizon = tombstones && !batch.hasDeleteHorizon();
        if (kept == batch.recordCount() && kept > 0 && !setHorizon) {
            return bytes;
        }
        return kept == 0
                ? emptied(batch, bytes, mayVanish)
                : rebuild(batch, bytes, kept, setHorizon);
    }

    /**
     * Nothing of it goes above the floor: what waits, and what tells that something does not wait
     * any more.
     */
    private ByteBuffer scheduled(BatchHeader batch, ByteBuffer bytes, boolean mayVanish)
            throws RecordFormatException {
        if (batch.lastOffset() >= plan.scheduleFloor()) {
            return bytes;
        }
        return batch.isHidden()
                ? emptied(batch, bytes, mayVanish)
                : filter(batch, bytes, mayVanish);
    }

    /** Nothing, or the bare header if its offset or its sequence is still needed. */
    private ByteBuffer emptied(BatchHeader batch, ByteBuffer bytes, boolean mayVanish)
            throws RecordFormatException {
        return mayVanish && !isLastOfItsProducer(batch) ? NOTHING : rebuild(batch, bytes, 0, false);
    }

    /** A marker as it stands, or with the time from which on it may go, or nothing. */
    private ByteBuffer marker(
            BatchHeader batch, ByteBuffer bytes, boolean mayVanish, CleanedSegment cleaned)
            throws RecordFormatException {
        List<AbortedTransaction> told = new ArrayList<>(0);
        boolean needless = transactions.isNeedless(batch, ControlBatch.read(batch, bytes), told);
        told.forEach(cleaned::aborted);
        if (!needless || isLastOfItsProducer(batch)) {
            return bytes;
        }
        if (!batch.hasDeleteHorizon()) {
            return rebuild(batch, bytes, batch.recordCount(), true);
        }
        if (mayVanish && batch.baseTimestamp() <= plan.nowMs()) {
            lastMarkerGone = batch.lastOffset();
            return NOTHING;
        }
        return bytes;
    }

    private boolean keeps(BatchHeader batch, RecordReader record) {
        if (batch.isControl()) {
            return true;
        }
        if (!record.hasKey() || newest.get(record.key()) > record.offset()) {
            return false;
        }
        return !(record.isTombstone()
                && batch.hasDeleteHorizon()
                && batch.baseTimestamp() <= plan.nowMs());
    }

    private boolean isLastOfItsProducer(BatchHeader batch) {
        CleaningPlan.Last last = batch.hasProducer() ? plan.lastOf().get(batch.producerId()) : null;
        return last != null && last.is(batch);
    }

    private ByteBuffer rebuild(BatchHeader batch, ByteBuffer bytes, int kept, boolean setHorizon)
            throws RecordFormatException {
        long baseTimestamp =
                setHorizon
                        ? plan.nowMs() + plan.config().deleteRetentionMs()
                        : batch.baseTimestamp();
        long maxTimestamp = BatchHeader.NO_TIMESTAMP;
        ByteArrayOutputStream plain = new ByteArrayOutputStream(batch.sizeInBytes());
        RecordReader records = RecordReader.of(batch, bytes, codecs);
        while (kept > 0 && records.next()) {
            if (keeps(batch, records)) {
                long timestamp = records.timestamp();
                maxTimestamp = Math.max(maxTimestamp, timestamp);
                RecordBytes.write(plain, timestamp - baseTimestamp, records.afterTimestamp());
            }
        }
        ByteBuffer header = ByteBuffer.allocate(BatchHeader.SIZE);
        header.put(bytes.slice(bytes.position(), BatchHeader.SIZE)).flip();
        header.putInt(BatchHeader.RECORD_COUNT_AT, kept);
        header.putLong(BatchHeader.BASE_TIMESTAMP_AT, baseTimestamp);
        header.putLong(
                BatchHeader.MAX_TIMESTAMP_AT, kept == 0 ? batch.maxTimestamp() : maxTimestamp);
        short attributes = batch.attributes();
        if (setHorizon) {
            attributes |= (short) BatchHeader.DELETE_HORIZON;
        }
        header.putShort(BatchHeader.ATTRIBUTES_AT, attributes);
        CompressionType type =
                kept == 0 ? CompressionType.NONE : CompressionType.of(batch.compression());
        return Recompression.batchOf(
                BatchHeader.read(header, 0),
                header,
                ByteBuffer.wrap(plain.toByteArray()),
                type,
                Recompression.level(type, plan.config()),
                codecs);
    }
}
