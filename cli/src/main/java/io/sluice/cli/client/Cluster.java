package io.sluice.cli.client;

import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.ListTopicsOptions;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.TopicPartitionInfo;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.jspecify.annotations.Nullable;

/** The administration client, with waiting and the questions that several commands ask. */
public final class Cluster implements AutoCloseable {

    private final Admin admin;

    Cluster(String bootstrap, int timeoutMs) {
        this.admin =
                Admin.create(
                        Map.of(
                                AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG,
                                bootstrap,
                                AdminClientConfig.CLIENT_ID_CONFIG,
                                "sluice-cli",
                                AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG,
                                timeoutMs,
                                AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG,
                                timeoutMs,
                                AdminClientConfig.ENABLE_METRICS_PUSH_CONFIG,
                                false,
                                AdminClientConfig.METRIC_REPORTER_CLASSES_CONFIG,
                                ""));
    }

    public Admin admin() {
        return admin;
    }

    /**
     * The result, once it is there.
     *
     * @param future of the client's answer to a question; never null for what was asked
     * @throws RuntimeException the broker's error as it is
     */
    public static <T> T await(@Nullable Future<T> future) {
        if (future == null) {
            throw new IllegalStateException("the client did not ask what it was asked to");
        }
        try {
            return future.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw new Failure(String.valueOf(e.getMessage()), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Failure("interrupted while waiting for the broker", e);
        }
    }

    /** Names in order. */
    public Set<String> topicNames(boolean internal) {
        return new TreeSet<>(
                await(admin.listTopics(new ListTopicsOptions().listInternal(internal)).names()));
    }

    /**
     * The topic.
     *
     * @throws Failure when there is none of that name, with the nearest one
     */
    public TopicDescription topic(String name) {
        try {
            return await(admin.describeTopics(List.of(name)).topicNameValues().get(name));
        } catch (UnknownTopicOrPartitionException e) {
            throw unknownTopic(name);
        }
    }

    /** To be thrown: there is no such topic; names the nearest one, or how to create it. */
    public Failure unknownTopic(String name) {
        String question = NearestName.question(name, topicNames(false));
        return new Failure(
                "there is no topic '"
                        + name
                        + "'."
                        + question
                        + (question.isEmpty()
                                ? " 'sluice topic list' shows all, 'sluice topic create "
                                        + name
                                        + "' makes it."
                                : ""));
    }

    /** Descriptions by name, in the order of the names. */
    public Map<String, TopicDescription> topics(Collection<String> names) {
        if (names.isEmpty()) {
            return Map.of();
        }
        Map<String, TopicDescription> found = await(admin.describeTopics(names).allTopicNames());
        Map<String, TopicDescription> ordered = new LinkedHashMap<>();
        for (String name : names) {
            ordered.put(name, found.get(name));
        }
        return ordered;
    }

    /** The partitions of a topic in order. */
    public static List<TopicPartition> partitions(TopicDescription topic) {
        return topic.partitions().stream()
                .map(TopicPartitionInfo::partition)
                .sorted()
                .map(partition -> new TopicPartition(topic.name(), partition))
                .toList();
    }

    /** An offset of each partition. */
    public Map<TopicPartition, Long> offsets(
            Collection<TopicPartition> partitions, OffsetSpec spec) {
        Map<TopicPartition, OffsetSpec> question = new LinkedHashMap<>();
        for (TopicPartition partition : partitions) {
            question.put(partition, spec);
        }
        Map<TopicPartition, Long> offsets = new LinkedHashMap<>();
        await(admin.listOffsets(question).all())
                .forEach((partition, result) -> offsets.put(partition, result.offset()));
        return offsets;
    }

    @Override
    public void close() {
        admin.close(Duration.ZERO);
    }
}
