package io.sluice.cli.schedule;

import io.sluice.cli.client.Cluster;
import io.sluice.cli.client.Failure;
import io.sluice.cli.client.Reading;
import io.sluice.cli.records.DelayOptions;
import io.sluice.cli.records.RecordText;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/** A message that waits, as the broker's view of them tells it. */
record Waiting(ConsumerRecord<byte[], byte[]> record) {

    static final String ID = "sluice-id";
    static final String DUE = "sluice-due";
    private static final String VIEW = "scheduled";

    /** Reads those of some partitions, until nobody wants more. */
    static void read(
            Cluster cluster,
            Map<String, Object> client,
            List<TopicPartition> partitions,
            Map<String, String> values,
            Predicate<Waiting> more) {
        Map<TopicPartition, Long> starts =
                new HashMap<>(cluster.offsets(partitions, OffsetSpec.earliest()));
        Map<TopicPartition, Long> ends = cluster.offsets(partitions, OffsetSpec.latest());
        Reading.view(
                client,
                Reading.view(VIEW, values),
                starts,
                ends,
                record -> more.test(new Waiting(record)));
    }

    /** One of them. */
    static Waiting one(Cluster cluster, Map<String, Object> client, String topic, MessageId id) {
        id.check(cluster, topic);
        Waiting[] found = new Waiting[1];
        read(
                cluster,
                client,
                List.of(new TopicPartition(topic, id.partition())),
                Map.of("id", Long.toString(id.id())),
                message -> {
                    found[0] = message;
                    return false;
                });
        if (found[0] == null) {
            throw new Failure(
                    "no message %s waits in '%s': 'sluice schedule list %s' shows what does."
                            .formatted(id, topic, topic));
        }
        return found[0];
    }

    MessageId id() {
        return new MessageId(record.partition(), number(ID));
    }

    Instant due() {
        return Instant.ofEpochMilli(number(DUE));
    }

    private long number(String name) {
        String value = header(name);
        try {
            return value == null ? -1L : Long.parseLong(value);
        } catch (NumberFormatException e) {
            return -1L;
        }
    }

    /** How it recurs; null if it does not. */
    @Nullable String cron() {
        String cron = header(DelayOptions.CRON);
        String zone = header(DelayOptions.CRON_ZONE);
        return cron == null || zone == null ? cron : cron + " " + zone;
    }

    @Nullable String key() {
        return RecordText.of(record.key());
    }

    int bytes() {
        return Math.max(0, record.serializedKeySize()) + Math.max(0, record.serializedValueSize());
    }

    private @Nullable String header(String name) {
        return RecordText.header(record, name);
    }
}
