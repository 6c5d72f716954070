package io.sluice.cli.client;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Predicate;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Reads partitions up to where they end now, as they are or by one of the broker's views. */
public final class Reading {

    private static final Duration POLL = Duration.ofMillis(500);
    private static final String PLAIN = "";
    private static final String ESCAPED = ";%= ";

    private Reading() {}

    /**
     * The name of a view, as it stands in the place of the consumer's rack.
     *
     * @param values in the order in which they are to stand; empty ones are left out
     */
    public static String view(String kind, Map<String, String> values) {
        StringBuilder name = new StringBuilder("sluice:").append(kind);
        values.forEach((key, value) -> {
            if (!value.isEmpty()) {
                name.append(';').append(escaped(key)).append('=').append(escaped(value));
            }
        });
        return name.toString();
    }

    private static String escaped(String value) {
        StringBuilder escaped = new StringBuilder();
        for (byte one : value.getBytes(StandardCharsets.UTF_8)) {
            if (one > ' ' && one <= '~' && ESCAPED.indexOf(one) < 0) {
                escaped.append((char) one);
            } else {
                escaped.append("%%%02X".formatted(one & 0xff));
            }
        }
        return escaped.toString();
    }

    /** Reads plain records, see {@link #view}. */
    public static void plain(
            Map<String, Object> client,
            Map<TopicPartition, Long> starts,
            Map<TopicPartition, Long> ends,
            Predicate<ConsumerRecord<byte[], byte[]>> more) {
        read(client, PLAIN, starts, ends, more);
    }

    /**
     * Reads a view until every partition is read to its end, or nobody wants more.
     *
     * @param client what every client is configured with
     * @param starts where to begin; the first record there is where it does not say
     * @param ends the partitions, and behind which of their records to stop
     * @param more takes a record, and tells whether it wants more
     * @throws Failure if the broker does not know the view
     */
    public static void view(
            Map<String, Object> client,
            String view,
            Map<TopicPartition, Long> starts,
            Map<TopicPartition, Long> ends,
            Predicate<ConsumerRecord<byte[], byte[]>> more) {
        try {
            read(client, view, starts, ends, more);
        } catch (IllegalStateException e) {
            throw new Failure(
                    "the broker does not read as '%s': its log says why, if it is a Sluice broker that knows views."
                            .formatted(view),
                    e);
        }
    }

    private static void read(
            Map<String, Object> client,
            String rack,
            Map<TopicPartition, Long> starts,
            Map<TopicPartition, Long> ends,
            Predicate<ConsumerRecord<byte[], byte[]>> more) {
        Map<TopicPartition, Long> open = new HashMap<>(ends);
        open.entrySet().removeIf(end -> end.getValue() <= starts.getOrDefault(end.getKey(), 0L));
        Map<String, Object> config = new HashMap<>(client);
        config.put(ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class);
        config.put(ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class);
        config.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        config.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
        config.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        config.put(ConsumerConfig.CLIENT_RACK_CONFIG, rack);
        KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(config);
        try {
            consumer.assign(open.keySet());
            open.keySet().forEach(at -> consumer.seek(at, starts.getOrDefault(at, 0L)));
            while (!open.isEmpty()) {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
                    TopicPartition at = new TopicPartition(record.topic(), record.partition());
                    boolean counts = record.offset() < open.getOrDefault(at, 0L);
                    if (counts && !more.test(record)) {
                        return;
                    }
                }
                if (open.entrySet()
                        .removeIf(end -> consumer.position(end.getKey()) >= end.getValue())) {
                    consumer.assign(open.keySet());
                }
            }
        } finally {
            consumer.close(CloseOptions.timeout(Duration.ZERO));
        }
    }
}
