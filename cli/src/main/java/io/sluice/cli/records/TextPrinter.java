package io.sluice.cli.records;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;
import org.jspecify.annotations.Nullable;

/**
 * The fields asked for with separators between, and a line feed; keys and values as their bytes.
 *
 * @param fields which, in this order
 * @param separator between two fields
 * @param marker in place of a key or value that is null
 */
record TextPrinter(List<Field> fields, byte[] separator, byte[] marker) implements RecordPrinter {

    /** What of a record is shown. */
    enum Field {
        key,
        value,
        offset,
        partition,
        timestamp,
        headers
    }

    @Override
    public void print(ConsumerRecord<byte[], byte[]> record, OutputStream out) throws IOException {
        boolean first = true;
        for (Field field : fields) {
            if (!first) {
                out.write(separator);
            }
            first = false;
            out.write(bytes(record, field));
        }
        out.write('\n');
    }

    private byte[] bytes(ConsumerRecord<byte[], byte[]> record, Field field) {
        return switch (field) {
            case key -> orMarker(record.key());
            case value -> orMarker(record.value());
            case offset -> text(Long.toString(record.offset()));
            case partition -> text(Integer.toString(record.partition()));
            case timestamp -> text(Instant.ofEpochMilli(record.timestamp()).toString());
            case headers -> text(headers(record));
        };
    }

    private byte[] orMarker(byte @Nullable [] bytes) {
        return bytes == null ? marker : bytes;
    }

    private static String headers(ConsumerRecord<byte[], byte[]> record) {
        StringBuilder text = new StringBuilder();
        for (Header header : record.headers()) {
            byte @Nullable [] value = header.value();
            text.append(text.isEmpty() ? "" : ",").append(header.key()).append(':');
            text.append(value == null ? "" : new String(value, StandardCharsets.UTF_8));
        }
        return text.toString();
    }

    private static byte[] text(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
