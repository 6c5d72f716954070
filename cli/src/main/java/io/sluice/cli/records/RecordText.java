package io.sluice.cli.records;

import io.sluice.cli.terminal.Json;
import io.sluice.cli.terminal.Style;
import io.sluice.cli.terminal.Table;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;
import org.jspecify.annotations.Nullable;

/** What records hold, for people to read. */
public final class RecordText {

    private RecordText() {}

    /** UTF-8, or else the number of bytes; null for null. */
    public static @Nullable String of(byte @Nullable [] bytes) {
        if (bytes == null) {
            return null;
        }
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
        } catch (CharacterCodingException e) {
            return "(%d bytes)".formatted(bytes.length);
        }
    }

    /** The last value of a header; null if there is none. */
    public static @Nullable String header(ConsumerRecord<byte[], byte[]> record, String name) {
        Header header = record.headers().lastHeader(name);
        return header == null ? null : of(header.value());
    }

    /** The record as JSON: first what else is known of it, then key, value and all headers. */
    public static void printJson(
            PrintStream out,
            Map<String, @Nullable Object> known,
            ConsumerRecord<byte[], byte[]> record) {
        List<Object> headers = new ArrayList<>();
        for (Header header : record.headers()) {
            headers.add(Json.object("name", header.key(), "value", of(header.value())));
        }
        Map<String, @Nullable Object> all = new LinkedHashMap<>(known);
        all.putAll(
                Json.object(
                        "key", of(record.key()), "value", of(record.value()), "headers", headers));
        Json.print(out, all);
    }

    /** The record as a table with a row for each thing that {@link #printJson} prints. */
    public static void print(
            PrintStream out,
            Style style,
            Map<String, @Nullable Object> known,
            ConsumerRecord<byte[], byte[]> record) {
        Table table = new Table("FIELD", "VALUE");
        known.forEach((name, value) -> table.row(name, String.valueOf(value)));
        table.row("key", String.valueOf(of(record.key())));
        table.row("value", String.valueOf(of(record.value())));
        for (Header header : record.headers()) {
            table.row(header.key(), String.valueOf(of(header.value())));
        }
        table.print(out, style);
    }
}
