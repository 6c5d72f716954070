package io.sluice.benchmarks.sidebyside;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.ElectionType;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.TopicPartitionInfo;
import org.apache.kafka.common.errors.RetriableException;

/** What is asked of a cluster beside records; the same for both sides. */
final class ClusterClient implements AutoCloseable {

    private static final Duration LIMIT = Duration.ofMinutes(5);
    private static final long POLL_NANOS = 20_000_000L;

    private final Admin admin;

    ClusterClient(String bootstrap) {
        Map<String, Object> config = new HashMap<>();
        config.put("bootstrap.servers", bootstrap);
        hurry(config);
        config.put("default.api.timeout.ms", 120_000);
        this.admin = Admin.create(config);
    }

    /** A client that comes again soon, so that a broker's time is seen and not a client's. */
    static void hurry(Map<String, Object> config) {
        config.put("retry.backoff.ms", 10L);
        config.put("retry.backoff.max.ms", 50L);
        config.put("reconnect.backoff.ms", 10L);
        config.put("reconnect.backoff.max.ms", 50L);
    }

    /** A producer that comes again soon. */
    static KafkaProducer<byte[], byte[]> producer(String bootstrap, boolean idempotent) {
        Map<String, Object> config =
                Client.config(bootstrap, new Client.Batching(16_384, "none", 0));
        hurry(config);
        config.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, idempotent);
        return new KafkaProducer<>(config);
    }

    private interface Asked<T> {
        T get() throws ExecutionException, InterruptedException;
    }

    private static <T> T await(Asked<T> asked) {
        try {
            return asked.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** Asks until it is so. */
    static void until(String what, BooleanSupplier so) {
        long deadline = System.nanoTime() + LIMIT.toNanos();
        while (true) {
            try {
                if (so.getAsBoolean()) {
                    return;
                }
            } catch (RetriableException passes) {
                // It is asked again.
            }
            if (System.nanoTime() - deadline > 0) {
                throw new IllegalStateException("not within " + LIMIT + ": " + what);
            }
            LockSupport.parkNanos(POLL_NANOS);
        }
    }

    void createTopics(List<NewTopic> topics) {
        await(() -> admin.createTopics(topics).all().get());
    }

    /**
     * A topic of three replicas, two of which have to be in sync; partition n is led by n mod 3.
     */
    void createTopic(String name, int partitions, Map<String, String> config) {
        Map<Integer, List<Integer>> replicas = new HashMap<>();
        for (int partition = 0; partition < partitions; partition++) {
            List<Integer> of = new ArrayList<>();
            for (int i = 0; i < ClusterSide.BROKERS; i++) {
                of.add((partition + i) % ClusterSide.BROKERS + 1);
            }
            replicas.put(partition, of);
        }
        Map<String, String> all = new HashMap<>(config);
        all.put("min.insync.replicas", "2");
        createTopics(List.of(new NewTopic(name, replicas).configs(all)));
        awaitInSync(name, ClusterSide.BROKERS);
    }

    void deleteTopic(String name) {
        await(() -> admin.deleteTopics(List.of(name)).all().get());
    }

    private TopicDescription describe(String topic) {
        return await(() ->
                requireNonNull(
                        admin.describeTopics(List.of(topic)).allTopicNames().get().get(topic)));
    }

    /** Every partition of the topics. */
    List<TopicPartitionInfo> partitions(List<String> topics) {
        List<TopicPartitionInfo> all = new ArrayList<>();
        await(() -> admin.describeTopics(topics).allTopicNames().get())
                .values()
                .forEach(one -> all.addAll(one.partitions()));
        return all;
    }

    int leader(String topic, int partition) {
        org.apache.kafka.common.Node leader = describe(topic).partitions().get(partition).leader();
        return leader == null ? -1 : leader.id();
    }

    /** Returns when every partition has a leader and so many replicas in sync. */
    void awaitInSync(String topic, int replicas) {
        until(
                topic + " is in sync",
                () ->
                        describe(topic).partitions().stream()
                                .allMatch(one ->
                                        one.leader() != null && one.isr().size() >= replicas));
    }

    /** Which node decides. */
    int controller() {
        return await(() -> admin.describeMetadataQuorum().quorumInfo().get().leaderId());
    }

    /** Has every partition of the topic led by its first replica. */
    void electPreferred(String topic, int partitions) {
        until(
                topic + " is led by its first replicas",
                () -> {
                    boolean all = true;
                    for (int partition = 0; partition < partitions; partition++) {
                        all &= leader(topic, partition) == partition % ClusterSide.BROKERS + 1;
                    }
                    if (!all) {
                        elect(topic, partitions);
                    }
                    return all;
                });
    }

    private void elect(String topic, int partitions) {
        for (int partition = 0; partition < partitions; partition++) {
            elect(new TopicPartition(topic, partition));
        }
    }

    /** Has every partition led by its first replica, as far as that one is in sync. */
    void electAllPreferred() {
        await(() -> admin.electLeaders(ElectionType.PREFERRED, null).partitions().get());
    }

    /** Asks for one preferred election; where nothing is to be changed, nothing is. */
    void elect(TopicPartition partition) {
        await(() ->
                admin.electLeaders(ElectionType.PREFERRED, Set.of(partition)).partitions().get());
    }

    @Override
    public void close() {
        admin.close();
    }
}
