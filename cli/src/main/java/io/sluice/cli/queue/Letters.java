package io.sluice.cli.queue;

import io.sluice.cli.client.Cluster;
import io.sluice.cli.client.Failure;
import io.sluice.cli.client.Reading;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.jspecify.annotations.Nullable;

/** What a topic of dead letters holds, from its start to its end as it is now. */
final class Letters {

    private static final String SETTING = "errors.deadletterqueue.topic.name";

    private Letters() {}

    /**
     * The topic that is meant.
     *
     * @throws Failure if neither it nor a group with dead letters is named
     */
    static String topic(Cluster cluster, @Nullable String named, @Nullable String group) {
        if (named != null) {
            return named;
        }
        if (group == null) {
            throw new Failure("name the topic of dead letters, or a group with --group.");
        }
        ConfigResource resource = new ConfigResource(ConfigResource.Type.GROUP, group);
        Config config =
                Cluster.await(
                        cluster.admin().describeConfigs(List.of(resource)).values().get(resource));
        ConfigEntry entry = config.get(SETTING);
        String value = entry == null ? null : entry.value();
        if (value == null || value.isEmpty()) {
            throw new Failure(
                    "the group '%s' has no dead letters: set %s on it, or name a topic."
                            .formatted(group, SETTING));
        }
        return value;
    }

    /** Reads the topic until it has no more, or nobody wants more. */
    static void read(
            Cluster cluster, String topic, Map<String, Object> client, Predicate<Letter> more) {
        List<TopicPartition> partitions = Cluster.partitions(cluster.topic(topic));
        Map<TopicPartition, Long> starts = cluster.offsets(partitions, OffsetSpec.earliest());
        Map<TopicPartition, Long> ends = cluster.offsets(partitions, OffsetSpec.latest());
        Reading.plain(client, starts, ends, record -> more.test(new Letter(record)));
    }

    /** Reads one letter. */
    static Letter one(
            Cluster cluster, String topic, Map<String, Object> client, int partition, long offset) {
        TopicPartition at = new TopicPartition(topic, partition);
        Letter[] found = new Letter[1];
        if (partition < cluster.topic(topic).partitions().size()
                && cluster.offsets(List.of(at), OffsetSpec.latest()).getOrDefault(at, 0L) > offset
                && cluster.offsets(List.of(at), OffsetSpec.earliest()).getOrDefault(at, 0L)
                        <= offset) {
            Reading.plain(
                    client,
                    Map.of(at, offset),
                    Map.of(at, offset + 1),
                    record -> {
                        found[0] = new Letter(record);
                        return false;
                    });
        }
        if (found[0] == null || found[0].record().offset() != offset) {
            throw new Failure(
                    "'%s' has no record %d:%d: 'sluice queue dead list %s' shows what there is."
                            .formatted(topic, partition, offset, topic));
        }
        return found[0];
    }
}
