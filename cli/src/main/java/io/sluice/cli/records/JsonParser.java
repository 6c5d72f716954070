package io.sluice.cli.records;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A record out of a JSON object with the fields that {@link JsonPrinter} writes: {@code key},
 * {@code value}, {@code headers}, {@code partition}, {@code timestamp}. A key or value that is a
 * string is its UTF-8 bytes, null is null, anything else its JSON text; {@code key64} and {@code
 * value64} hold bytes in base64. Fields of the log ({@code topic}, {@code offset}) are passed over,
 * so that what {@code consume} wrote can be produced again.
 *
 * @param topic where to
 * @param partition a fixed partition that wins over the record's own, or null
 */
record JsonParser(String topic, @Nullable Integer partition) implements RecordParser {

    private static final JsonMapper MAPPER = JsonMapper.shared();
    private static final Set<String> FIELDS =
            Set.of(
                    "key",
                    "key64",
                    "value",
                    "value64",
                    "headers",
                    "partition",
                    "timestamp",
                    "topic",
                    "offset");

    @Override
    public ProducerRecord<byte[], byte[]> parse(byte[] line) {
        JsonNode record;
        try {
            record = MAPPER.readTree(line);
        } catch (JacksonException e) {
            throw new MalformedRecord("this is not JSON: " + e.getOriginalMessage());
        }
        if (!record.isObject()) {
            throw new MalformedRecord("this is not a JSON object, such as {\"value\":\"hello\"}");
        }
        for (String field : record.propertyNames()) {
            if (!FIELDS.contains(field)) {
                throw new MalformedRecord(
                        "there is no field '"
                                + field
                                + "': key, value, headers, partition and timestamp are known");
            }
        }
        Integer into = partition;
        if (into == null && record.hasNonNull("partition")) {
            into = Math.toIntExact(number(record, "partition"));
        }
        Long timestamp = record.hasNonNull("timestamp") ? number(record, "timestamp") : null;
        return new ProducerRecord<>(
                topic,
                into,
                timestamp,
                bytes(record, "key"),
                bytes(record, "value"),
                headers(record.get("headers")));
    }

    private static long number(JsonNode record, String field) {
        JsonNode node = record.get(field);
        if (!node.isIntegralNumber() || node.longValue() < 0) {
            throw new MalformedRecord("the " + field + " " + node + " is not a number from 0 on");
        }
        if (field.equals("partition") && node.longValue() > Integer.MAX_VALUE) {
            throw new MalformedRecord("there is no partition " + node);
        }
        return node.longValue();
    }

    private static byte @Nullable [] bytes(JsonNode record, String field) {
        JsonNode encoded = record.get(field + "64");
        return encoded == null || encoded.isNull()
                ? bytes(record.get(field))
                : decode(encoded, field + "64");
    }

    private static byte @Nullable [] bytes(@Nullable JsonNode node) {
        if (node == null || node.isNull()) {
            return null;
        }
        return (node.isString() ? node.stringValue() : node.toString())
                .getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] decode(JsonNode node, String field) {
        try {
            return Base64.getDecoder().decode(node.isString() ? node.stringValue() : "?");
        } catch (IllegalArgumentException e) {
            throw new MalformedRecord("the " + field + " is not base64");
        }
    }

    private static List<Header> headers(@Nullable JsonNode node) {
        List<Header> headers = new ArrayList<>();
        if (node == null || node.isNull()) {
            return headers;
        }
        if (!node.isObject()) {
            throw new MalformedRecord("headers are not an object, such as {\"trace\":\"abc\"}");
        }
        for (Map.Entry<String, JsonNode> entry : node.properties()) {
            JsonNode value = entry.getValue();
            if (value.isArray()) {
                value.forEach(one -> headers.add(header(entry.getKey(), one)));
            } else {
                headers.add(header(entry.getKey(), value));
            }
        }
        return headers;
    }

    private static Header header(String name, JsonNode value) {
        byte[] bytes =
                value.isObject() && value.has("base64")
                        ? decode(value.get("base64"), "header '" + name + "'")
                        : bytes(value);
        return new RecordHeader(name, bytes);
    }
}
