package io.sluice.cli.records;

import io.sluice.cli.terminal.Json;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;
import org.jspecify.annotations.Nullable;

/**
 * A JSON object a line, with everything a record has. Keys and values that are UTF-8 are strings;
 * others are base64 in {@code key64} and {@code value64}. A header that occurs more than once has
 * an array.
 */
record JsonPrinter() implements RecordPrinter {

    @Override
    public void print(ConsumerRecord<byte[], byte[]> record, OutputStream out) throws IOException {
        Map<String, @Nullable Object> object =
                Json.object(
                        "topic", record.topic(),
                        "partition", record.partition(),
                        "offset", record.offset(),
                        "timestamp", record.timestamp());
        put(object, "key", record.key());
        put(object, "value", record.value());
        Map<String, @Nullable Object> headers = headers(record);
        if (!headers.isEmpty()) {
            object.put("headers", headers);
        }
        out.write(Json.text(object).getBytes(StandardCharsets.UTF_8));
        out.write('\n');
    }

    private static void put(
            Map<String, @Nullable Object> object, String name, byte @Nullable [] bytes) {
        String text = bytes == null ? null : utf8(bytes);
        if (bytes != null && text == null) {
            object.put(name + "64", Base64.getEncoder().encodeToString(bytes));
        } else {
            object.put(name, text);
        }
    }

    private static Map<String, @Nullable Object> headers(ConsumerRecord<byte[], byte[]> record) {
        Map<String, List<@Nullable Object>> values = new LinkedHashMap<>();
        for (Header header : record.headers()) {
            values.computeIfAbsent(header.key(), name -> new ArrayList<>())
                    .add(value(header.value()));
        }
        Map<String, @Nullable Object> headers = new LinkedHashMap<>();
        values.forEach(
                (name, list) -> headers.put(name, list.size() == 1 ? list.getFirst() : list));
        return headers;
    }

    private static @Nullable Object value(byte @Nullable [] bytes) {
        if (bytes == null) {
            return null;
        }
        String text = utf8(bytes);
        return text == null
                ? Json.object("base64", Base64.getEncoder().encodeToString(bytes))
                : text;
    }

    /** The text, or null when these bytes are none. */
    private static @Nullable String utf8(byte[] bytes) {
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
        } catch (CharacterCodingException e) {
            return null;
        }
    }
}
