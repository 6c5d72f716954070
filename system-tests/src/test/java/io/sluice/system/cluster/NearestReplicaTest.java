package io.sluice.system.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.system.harness.Await;
import io.sluice.system.harness.ClusterProcesses;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.Metric;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The unmodified consumer reads from the replica of its rack, and goes on when that one dies. */
final class NearestReplicaTest {

    private static final Duration LIMIT = Duration.ofSeconds(90);
    private static final TopicPartition NEAR = new TopicPartition("near", 0);
    private static final int RECORDS = 100;

    @TempDir Path home;

    private long read;

    @Test
    void aConsumerReadsFromItsOwnRackAndSurvivesIt() throws Exception {
        try (ClusterProcesses cluster =
                        ClusterProcesses.start(
                                home,
                                3,
                                "broker.rack=rack-" + ClusterProcesses.ID,
                                "replica.selector.class="
                                        + "org.apache.kafka.common.replica.RackAwareReplicaSelector");
                ClusterTools tools = new ClusterTools(cluster)) {
            tools.create("near", Map.of(0, List.of(1, 2, 3)), Map.of());
            tools.await("near", partition -> partition.isr().size() == 3);
            tools.write("near", RECORDS);
            try (KafkaConsumer<byte[], byte[]> consumer = consumer(cluster, "rack-3");
                    KafkaConsumer<byte[], byte[]> elsewhere = consumer(cluster, "rack-9")) {
                awaitRead(consumer, RECORDS);
                Await.until("it is sent to its rack", LIMIT, () -> source(consumer) == 3);
                tools.write("near", RECORDS);
                awaitRead(consumer, 2 * RECORDS);
                assertThat(source(consumer)).isEqualTo(3);
                read = 0;
                awaitRead(elsewhere, 2 * RECORDS);
                assertThat(source(elsewhere)).as("no replica in its rack").isEqualTo(-1);
                cluster.broker(3).kill();
                tools.write("near", RECORDS);
                awaitRead(consumer, 3 * RECORDS);
            }
        }
    }

    private static KafkaConsumer<byte[], byte[]> consumer(ClusterProcesses cluster, String rack) {
        KafkaConsumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(
                        Map.of("bootstrap.servers", cluster.bootstrap(), "client.rack", rack),
                        new ByteArrayDeserializer(),
                        new ByteArrayDeserializer());
        consumer.assign(List.of(NEAR));
        consumer.seekToBeginning(List.of(NEAR));
        return consumer;
    }

    private void awaitRead(KafkaConsumer<byte[], byte[]> consumer, long records) {
        Await.until(
                records + " records",
                LIMIT,
                () -> {
                    read += consumer.poll(Duration.ofMillis(100)).count();
                    return read >= records;
                });
        assertThat(read).isEqualTo(records);
    }

    /** As the client's own metric has it: -1 is the leader. */
    private static int source(KafkaConsumer<byte[], byte[]> consumer) {
        consumer.poll(Duration.ofMillis(100));
        return consumer.metrics().values().stream()
                .filter(metric -> metric.metricName().name().equals("preferred-read-replica"))
                .map(Metric::metricValue)
                .map(value -> ((Number) value).intValue())
                .findFirst()
                .orElse(-1);
    }
}
