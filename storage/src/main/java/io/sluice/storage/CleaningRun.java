package io.sluice.storage;

import io.sluice.core.model.BatchHeader;
import io.sluice.core.model.CompressionType;
import io.sluice.core.record.Codecs;
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
 * that time (KIP-534). Control batches stay.
 */
final class CleaningRun {

    /** Segments merged into one: they are held open while it takes their place. */
    private static final int MAX_GROUP = 64;

    private final LogDirectories store;
    private final Codecs codecs;
    private final CleaningPlan plan;
    private final OffsetMap newest;
    private long mappedEnd;

    CleaningRun(LogDirectories store, Codecs codecs, CleaningPlan plan, int bufferBytes) {
        this.store = store;
        this.codecs = codecs;
        this.plan = plan;
        this.newest = new OffsetMap(bufferBytes);
        this.mappedEnd = plan.firstDirty();
    }

    /** One cleaned segment and the segments it takes the place of. */
    record Replacement(CleanedSegment cleaned, List<CleaningPlan.Part> replaced) {}

    /** What came of it. */
    record Result(List<Replacement> replacements, long cleanedUpTo) {}

    Result run() throws IOException {
        learn();
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
            OpenFiles.Held held = store.files().acquire(part.segment().log());
            try {
                BatchScanner scanner =
                        new BatchScanner(held.file(), 0, part.size(), part.baseOffset());
                for (BatchHeader batch = scanner.next(); batch != null; batch = scanner.next()) {
                    if (newest.isFull()) {
                        return;
                    }
                    if (!batch.isControl() && batch.nextOffset() > plan.firstDirty()) {
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
                        plan.config().indexIntervalBytes());
        try (cleaned) {
            for (CleaningPlan.Part part : group) {
                rewrite(part, cleaned, part == group.getLast());
            }
            cleaned.finish();
        }
        return new Replacement(cleaned, group);
    }

    /** A segment never becomes empty: an empty file is what a lost one looks like. */
    private void rewrite(CleaningPlan.Part part, CleanedSegment cleaned, boolean isLast)
            throws IOException {
        OpenFiles.Held held = store.files().acquire(part.segment().log());
        try {
            BatchScanner scanner = new BatchScanner(held.file(), 0, part.size(), part.baseOffset());
            for (BatchHeader batch = scanner.next(); batch != null; batch = scanner.next()) {
                ByteBuffer bytes = scanner.bytes();
                boolean mayVanish = !isLast || scanner.position() < part.size();
                try {
                    ByteBuffer kept =
                            batch.isControl()
                                    ? bytes
                                    : filter(batch, bytes, mayVanish || !cleaned.isEmpty());
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
        if (kept == 0 && mayVanish && !isLastOfItsProducer(batch)) {
            return ByteBuffer.allocate(0);
        }
        return rebuild(batch, bytes, kept, setHorizon);
    }

    private boolean keeps(BatchHeader batch, RecordReader record) {
        if (!record.hasKey() || newest.get(record.key()) > record.offset()) {
            return false;
        }
        return !(record.isTombstone()
                && batch.hasDeleteHorizon()
                && batch.baseTimestamp() <= plan.nowMs());
    }

    private boolean isLastOfItsProducer(BatchHeader batch) {
        Long last = batch.hasProducer() ? plan.lastBatchOf().get(batch.producerId()) : null;
        return last != null && last == batch.lastOffset();
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
        while (records.next()) {
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
