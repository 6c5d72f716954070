package io.sluice.system.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.system.harness.Await;
import io.sluice.system.harness.ClusterProcesses;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewPartitionReassignment;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.TopicPartitionInfo;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a broker's end tells its next start. With {@code sluice.flush=os} a replica that was stopped
 * in order may lead again, and one that was killed may have lost records and may not (KIP-966).
 */
final class CleanStopTest {

    private static final Map<String, String> FROM_MEMORY =
            Map.of("min.insync.replicas", "2", "sluice.flush", "os");

    @TempDir Path home;
    private ClusterProcesses cluster;
    private ClusterTools tools;

    @BeforeEach
    void start() throws Exception {
        cluster = ClusterProcesses.start(home, 3, "broker.session.timeout.ms=6000");
        tools = new ClusterTools(cluster);
        tools.create("memory", Map.of(0, List.of(1, 2)), FROM_MEMORY);
        tools.await("memory", partition -> partition.isr().size() == 2);
        tools.write("memory", 10);
    }

    @AfterEach
    void stop() {
        if (tools != null) {
            tools.close();
            cluster.close();
        }
    }

    private static boolean has(List<Node> nodes, int... ids) {
        return nodes.size() == ids.length
                && java.util.Arrays.stream(ids)
                        .allMatch(id -> nodes.stream().anyMatch(node -> node.id() == id));
    }

    private static List<Node> eligible(TopicPartitionInfo partition) {
        return partition.elr() == null ? List.of() : partition.elr();
    }

    private void awaitAloneInSync() {
        tools.await("memory", partition -> has(partition.isr(), 1) && has(eligible(partition), 2));
    }

    @Test
    void aReplicaThatStoppedInOrderLeadsWhenTheLastInSyncIsGone() {
        assertThat(cluster.broker(2).stop()).isZero();
        awaitAloneInSync();
        cluster.broker(1).kill();
        cluster.broker(2).restart();
        tools.await("memory", partition -> ClusterTools.isLedBy(partition, 2));
        assertThat(tools.ends(3, "memory")).contains("memory:0:10");
    }

    @Test
    void aReplicaThatWasKilledDoesNot() {
        cluster.broker(2).kill();
        awaitAloneInSync();
        cluster.broker(1).kill();
        cluster.broker(2).restart();
        cluster.broker(2).awaitServing();
        tools.await(
                "memory",
                partition ->
                        (partition.leader() == null || partition.leader().isEmpty())
                                && eligible(partition).isEmpty());
        cluster.broker(1).restart();
        tools.await("memory", partition -> has(partition.isr(), 1, 2));
        assertThat(tools.ends(3, "memory")).contains("memory:0:10");
    }

    /** Its replica moved to another broker while it was down: at its start it is deleted there. */
    @Test
    void whatMovedAwayWhileItWasDownIsDeletedAtTheStart() throws Exception {
        tools.create("stays", Map.of(0, List.of(1, 2)), Map.of());
        tools.await("stays", partition -> partition.isr().size() == 2);
        assertThat(folders(2)).contains("memory-0", "stays-0");
        cluster.broker(2).kill();
        tools.awaitBrokers(2);
        try (Admin admin = tools.admin()) {
            admin.alterPartitionReassignments(
                            Map.of(
                                    new TopicPartition("memory", 0),
                                    Optional.of(new NewPartitionReassignment(List.of(1, 3)))))
                    .all()
                    .get();
        }
        tools.await("memory", partition -> has(partition.replicas(), 1, 3));
        assertThat(folders(2)).contains("memory-0");
        cluster.broker(2).restart();
        cluster.broker(2).awaitServing();
        Await.until(
                "the stray is deleted",
                ClusterTools.LIMIT,
                () -> folders(2).stream().noneMatch(name -> name.startsWith("memory-0")));
        tools.await("stays", partition -> partition.isr().size() == 2);
        assertThat(folders(2)).contains("stays-0");
        assertThat(tools.ends(2, "memory")).contains("memory:0:10");
    }

    private List<String> folders(int broker) {
        try (Stream<Path> all = Files.list(cluster.broker(broker).data())) {
            return all.map(path -> path.getFileName().toString()).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
