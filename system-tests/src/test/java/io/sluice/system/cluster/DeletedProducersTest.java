package io.sluice.system.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.system.harness.ClusterProcesses;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.DescribeProducersOptions;
import org.apache.kafka.clients.admin.NewPartitionReassignment;
import org.apache.kafka.clients.admin.ProducerState;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A replica that is added when records are deleted knows who wrote them, and keeps it. */
final class DeletedProducersTest {

    private static final String TOPIC = "deleted";
    private static final TopicPartition PARTITION = new TopicPartition(TOPIC, 0);
    private static final int RECORDS = 7;

    @TempDir Path home;

    @Test
    void aReplicaAddedBehindDeletedRecordsKnowsWhoWroteThem() throws Exception {
        try (ClusterProcesses cluster = ClusterProcesses.start(home, 3);
                ClusterTools tools = new ClusterTools(cluster);
                Admin admin = tools.admin();
                KafkaProducer<byte[], byte[]> producer = ClusterTopic.producer(cluster)) {
            tools.create(TOPIC, Map.of(0, List.of(1, 2)), Map.of());
            for (int i = 0; i < RECORDS; i++) {
                assertThat(write(producer)).isEqualTo(i);
            }
            admin.deleteRecords(Map.of(PARTITION, RecordsToDelete.beforeOffset(-1L))).all().get();
            addThird(admin);
            tools.await(TOPIC, partition -> partition.isr().size() == 3);
            List<ProducerState> known = producers(admin, 1);
            assertThat(known)
                    .singleElement()
                    .satisfies(one -> assertThat(one.lastSequence()).isEqualTo(RECORDS - 1));
            assertThat(producers(admin, 3)).isEqualTo(known);

            cluster.broker(3).kill();
            tools.await(TOPIC, partition -> partition.isr().size() == 2);
            cluster.broker(3).restart();
            tools.await(TOPIC, partition -> partition.isr().size() == 3);
            assertThat(producers(admin, 3)).isEqualTo(known);
            cluster.broker(1).kill();
            tools.await(TOPIC, partition -> ClusterTools.isLedBy(partition, 3));
            assertThat(write(producer)).isEqualTo(RECORDS);
        }
    }

    private static long write(KafkaProducer<byte[], byte[]> producer) throws Exception {
        return producer.send(new ProducerRecord<>(TOPIC, 0, null, new byte[10])).get().offset();
    }

    private static void addThird(Admin admin) throws Exception {
        NewPartitionReassignment all = new NewPartitionReassignment(List.of(3, 1, 2));
        ClusterTools.ordered(
                () -> admin.alterPartitionReassignments(Map.of(PARTITION, Optional.of(all))).all());
    }

    /** As that broker knows them. */
    private static List<ProducerState> producers(Admin admin, int broker) throws Exception {
        return admin.describeProducers(
                        List.of(PARTITION), new DescribeProducersOptions().brokerId(broker))
                .partitionResult(PARTITION)
                .get()
                .activeProducers();
    }
}
