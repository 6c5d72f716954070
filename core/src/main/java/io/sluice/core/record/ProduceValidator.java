package io.sluice.core.record;

import io.sluice.core.config.TopicConfig;
import io.sluice.core.model.BatchHeader;
import io.sluice.core.model.CompressionType;
import io.sluice.core.model.ErrorCode;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What protects other readers, before a produced batch is stored: format, length, CRC, counts,
 * timestamps, the topic's rules. Records are walked only where the topic asks for it, minds delays,
 * needs keys (compaction) or another codec. Stateless; any thread.
 */
public final class ProduceValidator {

    private static final int MAX_RECORD_ERRORS = 100;

    /** What the names of headers begin with that ask the broker for something. */
    private static final byte[] OURS = {'s', 'l', 'u', 'i', 'c', 'e', '-'};

    private final Codecs codecs;

    public ProduceValidator(Codecs codecs) {
        this.codecs = codecs;
    }

    /** What it decompresses by. */
    public Codecs codecs() {
        return codecs;
    }

    /** The verdict about one partition's records. */
    public sealed interface Checked {

        /**
         * @param records the same buffer, or a new one where the batch was rebuilt
         * @param appendTimeMs the broker's timestamp if the topic wants it, else -1
         * @param asks a record has a header of ours, and the topic minds them ({@code
         *     sluice.delay.enable})
         */
        record Valid(ByteBuffer records, List<BatchHeader> batches, long appendTimeMs, boolean asks)
                implements Checked {

            /** Nobody asks for anything. */
            public Valid(ByteBuffer records, List<BatchHeader> batches, long appendTimeMs) {
                this(records, batches, appendTimeMs, false);
            }
        }

        record Invalid(ErrorCode error, String detail, List<RecordError> recordErrors)
                implements Checked {}
    }

    /** What is wrong with one record, by its place in the batch (KIP-467). */
    public record RecordError(int batchIndex, String message) {}

    /**
     * Checks the records of one partition in a produce request. May change timestamp type, maximum
     * timestamp and CRC in place.
     */
    public Checked check(ByteBuffer records, TopicConfig config, long nowMs) {
        if (records.remaining() < BatchHeader.SIZE) {
            return invalid(
                    ErrorCode.CORRUPT_MESSAGE,
                    "%d bytes hold no batch".formatted(records.remaining()));
        }
        BatchHeader batch = BatchHeader.read(records, records.position());
        Checked.Invalid fault = checkHeader(batch, records, config, nowMs);
        if (fault != null) {
            return fault;
        }
        boolean asks = config.delayEnable() && asks(batch, records);
        return asks || judges(config)
                ? checkRecords(batch, records, config, nowMs, asks)
                : accept(batch, records, config, nowMs, false);
    }

    /** What cannot be read asks for nothing. */
    private boolean asks(BatchHeader batch, ByteBuffer records) {
        try {
            ByteBuffer plain = RecordReader.plain(batch, records, codecs);
            return HeaderScan.finds(plain, batch.recordCount(), OURS);
        } catch (RecordFormatException e) {
            return false;
        }
    }

    private static boolean judges(TopicConfig config) {
        return config.validateRecords() == TopicConfig.RecordValidation.RECORDS || config.compact();
    }

    private static Checked.@Nullable Invalid checkHeader(
            BatchHeader batch, ByteBuffer records, TopicConfig config, long nowMs) {
        if (batch.magic() != BatchHeader.MAGIC_V2) {
            return invalid(
                    ErrorCode.INVALID_RECORD,
                    "record format %d is not taken: use format 2".formatted(batch.magic()));
        }
        if (batch.sizeInBytes() < BatchHeader.SIZE || batch.sizeInBytes() > records.remaining()) {
            return invalid(
                    ErrorCode.CORRUPT_MESSAGE,
                    "a batch of %d bytes in %d"
                            .formatted(batch.sizeInBytes(), records.remaining()));
        }
        if (batch.sizeInBytes() < records.remaining()) {
            return invalid(
                    ErrorCode.INVALID_RECORD, "more than one batch for a partition in a request");
        }
        if (batch.sizeInBytes() > config.maxMessageBytes()) {
            return invalid(
                    ErrorCode.MESSAGE_TOO_LARGE,
                    "a batch of %d bytes; max.message.bytes is %d"
                            .formatted(batch.sizeInBytes(), config.maxMessageBytes()));
        }
        int crc = BatchHeader.computeCrc(records, records.position(), batch.sizeInBytes());
        if (crc != batch.crc()) {
            return invalid(
                    ErrorCode.CORRUPT_MESSAGE,
                    "CRC %08x in the batch, its bytes give %08x".formatted(batch.crc(), crc));
        }
        return checkFields(batch, config, nowMs);
    }

    private static Checked.@Nullable Invalid checkFields(
            BatchHeader batch, TopicConfig config, long nowMs) {
        if (batch.recordCount() <= 0 || batch.lastOffsetDelta() != batch.recordCount() - 1) {
            return invalid(
                    ErrorCode.INVALID_RECORD,
                    "%d records and a last offset of %d do not fit"
                            .formatted(batch.recordCount(), batch.lastOffsetDelta()));
        }
        if ((batch.attributes() & BatchHeader.OWN_MASK) != 0) {
            return invalid(
                    ErrorCode.INVALID_RECORD,
                    "attributes %04x: some are for brokers alone"
                            .formatted(batch.attributes() & 0xffff));
        }
        if (batch.isControl()) {
            return invalid(ErrorCode.INVALID_RECORD, "a client may not write control batches");
        }
        if (batch.isTransactional() && !batch.hasProducer()) {
            return invalid(ErrorCode.INVALID_RECORD, "a transaction without a producer's identity");
        }
        if (!CompressionType.isKnown(batch.compression())) {
            return invalid(
                    ErrorCode.UNSUPPORTED_COMPRESSION_TYPE,
                    "compression codec %d is not known".formatted(batch.compression()));
        }
        if (batch.hasProducer() && (batch.producerEpoch() < 0 || batch.baseSequence() < 0)) {
            return invalid(
                    ErrorCode.INVALID_RECORD,
                    "producer %d sent epoch %d and sequence %d"
                            .formatted(
                                    batch.producerId(),
                                    batch.producerEpoch(),
                                    batch.baseSequence()));
        }
        if (config.logAppendTime()) {
            return null;
        }
        return checkTimes(batch, config, nowMs);
    }

    private static Checked.@Nullable Invalid checkTimes(
            BatchHeader batch, TopicConfig config, long nowMs) {
        if (batch.isLogAppendTime()) {
            return invalid(
                    ErrorCode.INVALID_TIMESTAMP, "a client may not claim the broker's timestamps");
        }
        long latest = batch.maxTimestamp();
        if (latest == BatchHeader.NO_TIMESTAMP) {
            return null;
        }
        if (latest - nowMs > config.timestampAfterMaxMs()) {
            return invalid(
                    ErrorCode.INVALID_TIMESTAMP,
                    "timestamp %d lies %d ms ahead; message.timestamp.after.max.ms is %d"
                            .formatted(latest, latest - nowMs, config.timestampAfterMaxMs()));
        }
        if (nowMs - latest > config.timestampBeforeMaxMs()) {
            return invalid(
                    ErrorCode.INVALID_TIMESTAMP,
                    "timestamp %d lies %d ms back; message.timestamp.before.max.ms is %d"
                            .formatted(latest, nowMs - latest, config.timestampBeforeMaxMs()));
        }
        return null;
    }

    private Checked checkRecords(
            BatchHeader batch, ByteBuffer records, TopicConfig config, long nowMs, boolean asks) {
        List<RecordError> errors = new ArrayList<>(0);
        try {
            RecordReader reader = RecordReader.of(batch, records, codecs);
            for (int i = 0; reader.next(); i++) {
                String fault = fault(reader, i, config);
                if (!fault.isEmpty() && errors.size() < MAX_RECORD_ERRORS) {
                    errors.add(new RecordError(i, fault));
                }
            }
        } catch (RecordFormatException e) {
            return invalid(ErrorCode.CORRUPT_MESSAGE, "records: " + e.getMessage());
        }
        return errors.isEmpty()
                ? accept(batch, records, config, nowMs, asks)
                : new Checked.Invalid(
                        ErrorCode.INVALID_RECORD, errors.getFirst().message(), errors);
    }

    private static String fault(RecordReader reader, int index, TopicConfig config) {
        if (reader.offsetDelta() != index) {
            return "offset %d at place %d".formatted(reader.offsetDelta(), index);
        }
        return config.compact() && !reader.hasKey() ? "a compacted topic needs a key" : "";
    }

    private Checked accept(
            BatchHeader batch, ByteBuffer records, TopicConfig config, long nowMs, boolean asks) {
        BatchHeader header = batch;
        ByteBuffer bytes = records;
        Optional<CompressionType> wanted = config.compressed();
        if (wanted.isPresent() && wanted.get().id() != batch.compression()) {
            try {
                bytes = Recompression.rebuild(batch, records, wanted.get(), config, codecs);
            } catch (RecordFormatException e) {
                return invalid(ErrorCode.CORRUPT_MESSAGE, "records: " + e.getMessage());
            }
            header = BatchHeader.read(bytes, bytes.position());
        }
        if (config.logAppendTime()) {
            header = stamp(bytes, header, nowMs);
        }
        return new Checked.Valid(
                bytes,
                List.of(header),
                config.logAppendTime() ? nowMs : BatchHeader.NO_TIMESTAMP,
                asks);
    }

    private static BatchHeader stamp(ByteBuffer bytes, BatchHeader header, long nowMs) {
        int at = bytes.position();
        bytes.putShort(
                at + BatchHeader.ATTRIBUTES_AT,
                (short) (header.attributes() | BatchHeader.LOG_APPEND_TIME));
        bytes.putLong(at + BatchHeader.MAX_TIMESTAMP_AT, nowMs);
        bytes.putInt(
                at + BatchHeader.CRC_AT, BatchHeader.computeCrc(bytes, at, header.sizeInBytes()));
        return BatchHeader.read(bytes, at);
    }

    private static Checked.Invalid invalid(ErrorCode error, String detail) {
        return new Checked.Invalid(error, detail, List.of());
    }
}
