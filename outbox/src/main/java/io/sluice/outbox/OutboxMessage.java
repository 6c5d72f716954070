package io.sluice.outbox;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A message on its way from a table to a topic.
 *
 * @param id what makes the message the same message however often it is sent; it travels as the
 *     header {@value #ID_HEADER}, by which consumers drop duplicates
 * @param partition where it goes, or null: the key decides
 * @param key null: any partition, and no order
 * @param value null: a tombstone
 * @param timestampMs the record's time, in milliseconds since 1970, or {@link #NO_TIMESTAMP}: the
 *     time of {@link Outbox#add}
 */
public record OutboxMessage(
        String id,
        String topic,
        @Nullable Integer partition,
        byte @Nullable [] key,
        byte @Nullable [] value,
        List<OutboxHeader> headers,
        long timestampMs) {

    /** The header with {@link #id()}. */
    public static final String ID_HEADER = "outbox-id";

    public static final long NO_TIMESTAMP = -1;

    private static final int MAX_ID_LENGTH = 64;

    /** What the protocol allows, as every broker checks it. */
    private static final Pattern TOPIC = Pattern.compile("[a-zA-Z0-9._-]{1,249}");

    public OutboxMessage {
        if (id.isEmpty() || id.length() > MAX_ID_LENGTH) {
            throw new IllegalArgumentException(
                    "an id has 1 to " + MAX_ID_LENGTH + " characters: " + id);
        }
        if (!TOPIC.matcher(topic).matches() || topic.equals(".") || topic.equals("..")) {
            throw new IllegalArgumentException("not a topic's name: " + topic);
        }
        if (partition != null && partition < 0) {
            throw new IllegalArgumentException("not a partition: " + partition);
        }
        if (timestampMs < NO_TIMESTAMP) {
            throw new IllegalArgumentException("not a time: " + timestampMs);
        }
        headers = List.copyOf(headers);
    }

    /** Begins a message to a topic. */
    public static Builder to(String topic) {
        return new Builder(topic);
    }

    /** Bytes that the message brings, without the frame of any format. */
    public int size() {
        int size = length(key) + length(value);
        for (OutboxHeader header : headers) {
            size += utf8(header.name()).length + length(header.value());
        }
        return size;
    }

    private static int length(byte @Nullable [] bytes) {
        return bytes == null ? 0 : bytes.length;
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public String toString() {
        return "message " + id + " to " + topic;
    }

    /** Builds a message; what is not set is absent, the id is a random UUID. */
    public static final class Builder {
        private final String topic;
        private final List<OutboxHeader> headers = new ArrayList<>();
        private @Nullable String id;
        private @Nullable Integer partition;
        private byte @Nullable [] key;
        private byte @Nullable [] value;
        private long timestampMs = NO_TIMESTAMP;

        private Builder(String topic) {
            this.topic = topic;
        }

        /** An id of the caller's own: the business event's, say. */
        public Builder id(String unique) {
            id = unique;
            return this;
        }

        public Builder partition(int number) {
            partition = number;
            return this;
        }

        public Builder key(byte[] bytes) {
            key = bytes.clone();
            return this;
        }

        public Builder key(String text) {
            key = utf8(text);
            return this;
        }

        public Builder value(byte[] bytes) {
            value = bytes.clone();
            return this;
        }

        public Builder value(String text) {
            value = utf8(text);
            return this;
        }

        public Builder header(String name, byte[] bytes) {
            headers.add(new OutboxHeader(name, bytes.clone()));
            return this;
        }

        public Builder header(String name, String text) {
            headers.add(new OutboxHeader(name, utf8(text)));
            return this;
        }

        public Builder timestampMs(long time) {
            timestampMs = time;
            return this;
        }

        public OutboxMessage build() {
            String name = id == null ? UUID.randomUUID().toString() : id;
            return new OutboxMessage(name, topic, partition, key, value, headers, timestampMs);
        }
    }
}
