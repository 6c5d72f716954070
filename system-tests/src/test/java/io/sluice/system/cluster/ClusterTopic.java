package io.sluice.system.cluster;

import io.sluice.system.cluster.History.Stored;
import io.sluice.system.harness.Await;
import io.sluice.system.harness.ClusterProcesses;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** A topic with a replica on each of three brokers. */
record ClusterTopic(ClusterProcesses cluster, String name, int partitions) {

    static final int REPLICAS = 3;

    private static final Duration LIMIT = Duration.ofMinutes(3);
    private static final int CALL_SECONDS = 10;

    static ClusterTopic create(ClusterProcesses cluster, String name, int partitions)
            throws Exception {
        try (Admin admin = admin(cluster)) {
            admin.createTopics(List.of(new NewTopic(name, partitions, (short) REPLICAS)))
                    .all()
                    .get();
        }
        return new ClusterTopic(cluster, name, partitions);
    }

    static Admin admin(ClusterProcesses cluster) {
        return Admin.create(
                Map.of("bootstrap.servers", cluster.bootstrap(), "request.timeout.ms", 5_000));
    }

    /** What every client of these tests is told. */
    static Map<String, Object> clientSettings(ClusterProcesses cluster) {
        Map<String, Object> settings = new HashMap<>();
        settings.put("bootstrap.servers", cluster.bootstrap());
        settings.put("reconnect.backoff.ms", "20");
        settings.put("reconnect.backoff.max.ms", "200");
        settings.put("retry.backoff.ms", "20");
        settings.put("request.timeout.ms", "5000");
        return settings;
    }

    /** One that waits for all replicas, for two minutes. */
    static KafkaProducer<byte[], byte[]> producer(ClusterProcesses cluster) {
        Map<String, Object> settings = clientSettings(cluster);
        settings.put("acks", "all");
        settings.put("delivery.timeout.ms", "120000");
        return new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer());
    }

    List<TopicPartition> all() {
        List<TopicPartition> all = new ArrayList<>();
        for (int partition = 0; partition < partitions; partition++) {
            all.add(new TopicPartition(name, partition));
        }
        return all;
    }

    /** Waits until as many more sends are acknowledged. */
    void awaitProgress(Workload workload, long more) {
        long wanted = workload.acknowledged() + more;
        Await.until(more + " more acknowledged", LIMIT, () -> workload.acknowledged() >= wanted);
    }

    /** Waits until every replica is in sync. */
    void awaitWhole() {
        try (Admin admin = admin(cluster)) {
            Await.until("every replica of " + name + " is in sync", LIMIT, () -> isWhole(admin));
        }
    }

    private boolean isWhole(Admin admin) {
        try {
            return describe(admin).partitions().stream()
                    .allMatch(partition -> partition.isr().size() == REPLICAS);
        } catch (Exception e) {
            return false; // whoever was asked is away; the next one is asked
        }
    }

    private TopicDescription describe(Admin admin) throws Exception {
        return admin.describeTopics(List.of(name))
                .allTopicNames()
                .get(CALL_SECONDS, TimeUnit.SECONDS)
                .getOrDefault(name, new TopicDescription(name, false, List.of()));
    }

    /** The broker that leads the first partition, or the given one if nobody says. */
    int leaderOr(int otherwise) {
        try (Admin admin = admin(cluster)) {
            Node leader = describe(admin).partitions().getFirst().leader();
            return leader == null || leader.isEmpty() ? otherwise : leader.id();
        } catch (Exception e) {
            return otherwise;
        }
    }

    /** The broker that decides about the metadata, or the given one if nobody says. */
    static int controllerOr(ClusterProcesses cluster, int otherwise) {
        try (Admin admin = admin(cluster)) {
            int id =
                    admin.describeMetadataQuorum()
                            .quorumInfo()
                            .get(CALL_SECONDS, TimeUnit.SECONDS)
                            .leaderId();
            return id > 0 ? id : otherwise;
        } catch (Exception e) {
            return otherwise;
        }
    }

    KafkaConsumer<byte[], byte[]> reader(String isolation) {
        Map<String, Object> settings = clientSettings(cluster);
        settings.put("auto.offset.reset", "none");
        settings.put("enable.auto.commit", "false");
        settings.put("isolation.level", isolation);
        return new KafkaConsumer<>(
                settings, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    /** Every partition from its start to where it ends now, as it is in the end. */
    Map<Integer, List<Stored>> readAll(String isolation) {
        Map<Integer, List<Stored>> stored = new TreeMap<>();
        try (KafkaConsumer<byte[], byte[]> consumer = reader(isolation)) {
            consumer.assign(all());
            Map<TopicPartition, Long> ends = ends(consumer);
            all().forEach(one -> {
                stored.put(one.partition(), new ArrayList<>());
                consumer.seek(one, 0L);
            });
            Await.until(
                    "all is read of " + name + " up to " + ends,
                    LIMIT,
                    () -> {
                        for (ConsumerRecord<byte[], byte[]> record :
                                consumer.poll(Duration.ofMillis(200))) {
                            stored.getOrDefault(record.partition(), new ArrayList<>())
                                    .add(new Stored(record.offset(), value(record)));
                        }
                        return all().stream()
                                .allMatch(one ->
                                        consumer.position(one) >= ends.getOrDefault(one, 0L));
                    });
        }
        return stored;
    }

    static long value(ConsumerRecord<byte[], byte[]> record) {
        return ByteBuffer.wrap(record.value()).getLong();
    }

    static byte[] bytes(long value) {
        return ByteBuffer.allocate(Long.BYTES).putLong(0, value).array();
    }

    Map<TopicPartition, Long> ends(KafkaConsumer<byte[], byte[]> consumer) {
        return consumer.endOffsets(all(), LIMIT);
    }

    /** Waits until no transaction is open in any partition (I-17). */
    void awaitNoOpenTransaction() {
        try (KafkaConsumer<byte[], byte[]> any = reader("read_uncommitted");
                KafkaConsumer<byte[], byte[]> stable = reader("read_committed")) {
            Await.until(
                    "no transaction is open in " + name,
                    LIMIT,
                    () -> {
                        try {
                            return ends(stable).equals(ends(any));
                        } catch (KafkaException e) {
                            return false;
                        }
                    });
        }
    }
}
