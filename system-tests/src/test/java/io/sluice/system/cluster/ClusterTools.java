package io.sluice.system.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.system.harness.Await;
import io.sluice.system.harness.ClusterProcesses;
import io.sluice.system.harness.Tool;
import io.sluice.system.harness.ToolShell;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartitionInfo;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** Kafka's own tools, asked at any broker of a cluster. */
final class ClusterTools implements AutoCloseable {

    static final Duration LIMIT = Duration.ofSeconds(120);

    private static final String TOOLS = "org.apache.kafka.tools.";

    private final ClusterProcesses cluster;
    private final ToolShell shell = new ToolShell();

    ClusterTools(ClusterProcesses cluster) {
        this.cluster = cluster;
    }

    /**
     * What a tool writes that is connected to that broker first. It has to succeed.
     *
     * @param name of a class, without the package of the tools
     */
    String at(int broker, String name, String... arguments) {
        Tool.Result result = tried(broker, name, arguments);
        assertThat(result.exitCode())
                .as(
                        "%s %s at broker %d: %s %s",
                        name, List.of(arguments), broker, result.text(), result.errors())
                .isZero();
        return result.text();
    }

    /**
     * The ends of a topic's partitions, as that broker and the leaders tell them. The tool leaves
     * out, with a word, what it asks in vain for a minute: here that fails.
     */
    String ends(int broker, String topic) {
        Tool.Result result = tried(broker, "GetOffsetShell", "--topic", topic);
        assertThat(result.errors()).as("the ends of %s at broker %d", topic, broker).isEmpty();
        return result.text();
    }

    /** As {@link #at}, with all arguments as they are. */
    String run(String name, List<String> arguments) {
        Tool.Result result = shell.run(TOOLS + name, arguments);
        assertThat(result.exitCode())
                .as("%s %s: %s %s", name, arguments, result.text(), result.errors())
                .isZero();
        return result.text();
    }

    /** The options of this tool come before its command. */
    String quorum(int broker, String... command) {
        List<String> all =
                new ArrayList<>(List.of("--bootstrap-server", cluster.broker(broker).bootstrap()));
        all.addAll(List.of(command));
        return run("MetadataQuorumCommand", all);
    }

    /** As {@link #at}, and it may fail. */
    Tool.Result tried(int broker, String name, String... arguments) {
        List<String> all = new ArrayList<>(List.of(arguments));
        all.addAll(List.of("--bootstrap-server", cluster.broker(broker).bootstrap()));
        return shell.run(name.startsWith("kafka.") ? name : TOOLS + name, all);
    }

    String configs(int broker, String... arguments) {
        return at(broker, "kafka.admin.ConfigCommand", arguments);
    }

    String topics(int broker, String... arguments) {
        return at(broker, "TopicCommand", arguments);
    }

    String reassign(int broker, String... arguments) {
        return at(broker, "reassign.ReassignPartitionsCommand", arguments);
    }

    /** A client of the cluster whose requests any broker may get. */
    Admin admin() {
        return Admin.create(
                Map.of("bootstrap.servers", cluster.bootstrap(), "reconnect.backoff.max.ms", 200));
    }

    /** A topic with these replicas, the leader first, for each of its partitions. */
    void create(String topic, Map<Integer, List<Integer>> replicas, Map<String, String> settings)
            throws Exception {
        try (Admin admin = admin()) {
            ordered(() ->
                    admin.createTopics(List.of(new NewTopic(topic, replicas).configs(settings)))
                            .all());
        }
        await(topic, partition -> partition.leader() != null);
    }

    /** Orders something until it is done: whoever decides may be away just now. */
    static void ordered(Supplier<KafkaFuture<Void>> order) throws InterruptedException {
        long deadline = System.nanoTime() + LIMIT.toNanos();
        while (true) {
            try {
                order.get().get();
                return;
            } catch (ExecutionException e) {
                Throwable why = e.getCause();
                if (why instanceof TopicExistsException
                        || why instanceof UnknownTopicOrPartitionException) {
                    return; // it was done by an order whose answer was lost
                }
                if (!(why instanceof RetriableException) || System.nanoTime() > deadline) {
                    throw new AssertionError(why);
                }
            }
        }
    }

    /** Writes records to partition 0, acknowledged by all. */
    void write(String topic, int records) throws Exception {
        try (KafkaProducer<byte[], byte[]> producer =
                new KafkaProducer<>(
                        Map.of("bootstrap.servers", cluster.bootstrap(), "acks", "all"),
                        new ByteArraySerializer(),
                        new ByteArraySerializer())) {
            for (int i = 0; i < records; i++) {
                producer.send(new ProducerRecord<>(topic, 0, null, new byte[] {(byte) i}));
            }
            producer.flush();
        }
    }

    /** Waits until a description of the topic, asked of any broker, holds for all partitions. */
    void await(String topic, Predicate<TopicPartitionInfo> condition) {
        List<TopicPartitionInfo> last = new ArrayList<>();
        try (Admin admin = admin()) {
            Await.until(
                    topic + " as it should be",
                    LIMIT,
                    () -> {
                        last.clear();
                        last.addAll(partitions(admin, topic));
                        return !last.isEmpty() && last.stream().allMatch(condition);
                    });
        } catch (AssertionError e) {
            throw new AssertionError(e.getMessage() + ": " + last, e);
        }
    }

    private static List<TopicPartitionInfo> partitions(Admin admin, String topic) {
        try {
            TopicDescription found =
                    admin.describeTopics(List.of(topic)).allTopicNames().get().get(topic);
            return found == null ? List.of() : found.partitions();
        } catch (ExecutionException e) {
            return List.of(); // whoever was asked is away, or does not know it yet
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** Waits until so many brokers are active. */
    void awaitBrokers(int count) {
        try (Admin admin = admin()) {
            Await.until(
                    count + " brokers",
                    LIMIT,
                    () -> {
                        try {
                            return admin.describeCluster().nodes().get().size() == count;
                        } catch (ExecutionException e) {
                            return false;
                        } catch (InterruptedException e) {
                            Thread.currentThread().interrupt();
                            throw new IllegalStateException(e);
                        }
                    });
        }
    }

    static boolean isLedBy(TopicPartitionInfo partition, int broker) {
        return partition.leader() != null && partition.leader().id() == broker;
    }

    @Override
    public void close() {
        shell.close();
    }
}
