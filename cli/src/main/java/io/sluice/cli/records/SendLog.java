package io.sluice.cli.records;

import io.sluice.cli.terminal.Units;
import java.util.Optional;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;

/**
 * What became of the lines. The reading thread and the client's thread both write it; the failure
 * of the lowest line is kept.
 */
final class SendLog {

    /** A line that did not arrive, and why. */
    record LineError(long line, Exception error) {}

    private long records;
    private long bytes;
    private long failed;
    private @Nullable LineError failure;

    synchronized void answered(
            long line, ProducerRecord<byte[], byte[]> record, @Nullable Exception error) {
        if (error != null) {
            refused(line, error);
            return;
        }
        records++;
        bytes += length(record.key()) + (long) length(record.value());
    }

    synchronized void refused(long line, Exception error) {
        failed++;
        if (failure == null || line < failure.line()) {
            failure = new LineError(line, error);
        }
    }

    synchronized Optional<LineError> failure() {
        return Optional.ofNullable(failure);
    }

    /** Acknowledged. */
    synchronized long records() {
        return records;
    }

    /** Given up: refused, or without an answer in time. */
    synchronized long failed() {
        return failed;
    }

    /** Of keys and values, acknowledged. */
    synchronized long bytes() {
        return bytes;
    }

    /** For example {@code 31,500 records, 24.1 MB (25,000 records/s, 19.2 MB/s)}. */
    synchronized String figures(long nanos) {
        return figures(records, bytes, nanos);
    }

    static String figures(long records, long bytes, long nanos) {
        double seconds = Math.max(nanos, 1) / 1e9;
        return Units.count(records)
                + (records == 1 ? " record, " : " records, ")
                + Units.size(bytes)
                + " ("
                + Units.count(Math.round(records / seconds))
                + " records/s, "
                + Units.size(bytes / seconds)
                + "/s)";
    }

    private static int length(byte @Nullable [] bytes) {
        return bytes == null ? 0 : bytes.length;
    }
}
