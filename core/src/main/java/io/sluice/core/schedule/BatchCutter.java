package io.sluice.core.schedule;

import io.sluice.core.config.TopicConfig;
import io.sluice.core.model.BatchHeader;
import io.sluice.core.model.CompressionType;
import io.sluice.core.record.Codecs;
import io.sluice.core.record.Recompression;
import io.sluice.core.record.RecordFormatException;
import io.sluice.core.record.RecordHeader;
import io.sluice.core.record.RecordReader;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Cuts a produced batch into runs that are visible and runs that wait. Every record keeps its
 * offset and its sequence, the batch's own and its place; the pieces are appended together, and all
 * but the first say that they continue ({@link BatchHeader#isContinued}).
 *
 * <p>Visible runs are compressed as the batch was. Hidden ones are not: what waits is read and
 * written once more in any case. None is larger than the topic's batches may be, unless it is one
 * record.
 */
public final class BatchCutter {

    /** The pieces of a batch hold so many bytes at most, however well it was compressed. */
    public static final int MAX_BYTES = 64 << 20;

    private final BatchHeader batch;
    private final ByteBuffer bytes;
    private final TopicConfig config;
    private final Codecs codecs;
    private final List<ByteBuffer> pieces = new ArrayList<>();
    private final RecordBuffer run = new RecordBuffer();
    private boolean hiddenRun;
    private int runFirst;
    private int runRecords;
    private long runMaxTimestamp;
    private long total;

    private BatchCutter(BatchHeader batch, ByteBuffer bytes, TopicConfig config, Codecs codecs) {
        this.batch = batch;
        this.bytes = bytes;
        this.config = config;
        this.codecs = codecs;
    }

    /**
     * What a record becomes.
     *
     * @see #cut
     */
    @FunctionalInterface
    public interface Hiding {

        /** What is remembered in the record's place; null if it is visible. */
        @Nullable ScheduleRecord of(int index, RecordReader record) throws RecordFormatException;
    }

    /** The pieces, one after the other. */
    public record Pieces(ByteBuffer records, List<BatchHeader> batches) {}

    /**
     * Cuts a batch.
     *
     * @throws RecordFormatException if the records cannot be read, or are too many bytes
     */
    public static Pieces cut(
            BatchHeader batch, ByteBuffer bytes, Hiding hiding, TopicConfig config, Codecs codecs)
            throws RecordFormatException {
        return new BatchCutter(batch, bytes, config, codecs).run(hiding);
    }

    private Pieces run(Hiding hiding) throws RecordFormatException {
        RecordReader records = RecordReader.of(batch, bytes, codecs);
        for (int i = 0; records.next(); i++) {
            ScheduleRecord hidden = hiding.of(i, records);
            boolean full = run.size() > config.maxMessageBytes() - BatchHeader.SIZE;
            if (runRecords > 0 && (hiddenRun != (hidden != null) || (hiddenRun && full))) {
                end();
            }
            if (runRecords == 0) {
                hiddenRun = hidden != null;
                runFirst = i;
                runMaxTimestamp = BatchHeader.NO_TIMESTAMP;
            }
            long delta = records.timestamp() - batch.baseTimestamp();
            if (hidden == null) {
                run.add(records.timestampDelta(), runRecords, records.fields());
            } else {
                run.add(delta, runRecords, hidden.key(), hidden.value());
            }
            runRecords++;
            runMaxTimestamp = Math.max(runMaxTimestamp, records.timestamp());
            if (total + run.size() > MAX_BYTES) {
                throw new RecordFormatException(
                        "more than %d bytes of records, some of which are delayed"
                                .formatted(MAX_BYTES));
            }
        }
        end();
        return joined();
    }

    private void end() {
        ByteBuffer plain = run.take();
        ByteBuffer header = ByteBuffer.allocate(BatchHeader.SIZE);
        header.put(bytes.slice(bytes.position(), BatchHeader.SIZE)).flip();
        int attributes = batch.attributes();
        if (hiddenRun) {
            attributes |= BatchHeader.HIDDEN | BatchHeader.CONTROL;
        }
        if (!pieces.isEmpty()) {
            attributes |= BatchHeader.CONTINUED;
        }
        header.putShort(BatchHeader.ATTRIBUTES_AT, (short) attributes);
        header.putInt(BatchHeader.LAST_OFFSET_DELTA_AT, runRecords - 1);
        header.putInt(BatchHeader.RECORD_COUNT_AT, runRecords);
        header.putLong(BatchHeader.MAX_TIMESTAMP_AT, runMaxTimestamp);
        if (batch.hasProducer()) {
            int sequence = (batch.baseSequence() + runFirst) & Integer.MAX_VALUE;
            header.putInt(BatchHeader.BASE_SEQUENCE_AT, sequence);
        }
        CompressionType type =
                hiddenRun ? CompressionType.NONE : CompressionType.of(batch.compression());
        ByteBuffer piece =
                Recompression.batchOf(
                        BatchHeader.read(header, 0),
                        header,
                        plain,
                        type,
                        Recompression.level(type, config),
                        codecs);
        pieces.add(piece);
        total += piece.remaining();
        runRecords = 0;
    }

    private Pieces joined() {
        ByteBuffer all = ByteBuffer.allocate(Math.toIntExact(total));
        List<BatchHeader> headers = new ArrayList<>(pieces.size());
        for (ByteBuffer piece : pieces) {
            headers.add(BatchHeader.read(piece, 0));
            all.put(piece);
        }
        return new Pieces(all.flip(), headers);
    }

    /**
     * The record as a message that waits.
     *
     * @param id of the message whose place it takes, or {@link Later#OWN_OFFSET}
     * @param previous the record of that message, or {@link Later#NONE}
     */
    public static Later later(RecordReader record, long dueMs, long id, long previous)
            throws RecordFormatException {
        List<RecordHeader> kept = new ArrayList<>();
        for (RecordHeader header : record.headers()) {
            if (!isSpent(header.name())) {
                kept.add(header);
            }
        }
        return new Later(
                ScheduleRecord.NO_FLOOR,
                dueMs,
                id,
                previous,
                record.timestamp(),
                record.keyCopy(),
                record.valueCopy(),
                kept);
    }

    /** Whether a header said what the record now tells by itself. */
    private static boolean isSpent(String name) {
        return name.equals(ScheduleHeaders.DELIVER_AT)
                || name.equals(ScheduleHeaders.DELAY)
                || name.equals(ScheduleHeaders.RESCHEDULE);
    }
}
