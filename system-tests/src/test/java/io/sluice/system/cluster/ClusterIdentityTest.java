package io.sluice.system.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.system.harness.BrokerProcess;
import io.sluice.system.harness.ClusterProcesses;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A broker that is given data of another broker or cluster refuses, and deletes nothing. */
final class ClusterIdentityTest {

    private static final int REFUSED = 1;

    @TempDir Path folder;
    private Path home = Path.of("unset");
    private List<Path> before = List.of();

    /** A broker by itself, with a topic, that has stopped. */
    @BeforeEach
    void makeData() throws Exception {
        home = folder.resolve("one");
        try (BrokerProcess broker = BrokerProcess.start(home, "node.id=1")) {
            createTopic(broker.bootstrap());
            assertThat(broker.stop()).isZero();
        }
        before = logs();
        assertThat(before).hasSize(3);
        assertThat(Files.readString(home.resolve("data/meta.properties")))
                .contains("version=1", "cluster.id=", "node.id=1", "directory.id=");
    }

    private static void createTopic(String bootstrap)
            throws ExecutionException, InterruptedException {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrap))) {
            admin.createTopics(List.of(new NewTopic("kept", 3, (short) 1))).all().get();
        }
    }

    private List<Path> logs() throws IOException {
        try (Stream<Path> all = Files.list(home.resolve("data"))) {
            return all.filter(path -> path.getFileName().toString().startsWith("kept-"))
                    .sorted()
                    .toList();
        }
    }

    private void loseMetadata() throws IOException {
        try (Stream<Path> all = Files.walk(home.resolve("data/__sluice_metadata"))) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }

    /** Starts on that data as a member of some cluster; returns what it says when it ends. */
    private String refusal(int id, String... settings) throws IOException {
        List<Integer> ports = ClusterProcesses.freePorts(2);
        String[] all =
                Stream.concat(
                                Stream.of(settings),
                                Stream.of(
                                        "node.id=" + id,
                                        "listeners=PLAINTEXT://127.0.0.1:%d,CONTROLLER://127.0.0.1:%d"
                                                .formatted(ports.get(0), ports.get(1)),
                                        "controller.listener.names=CONTROLLER"))
                        .map(one -> one.replace("@own", "@127.0.0.1:" + ports.get(1)))
                        .toArray(String[]::new);
        try (BrokerProcess broker = BrokerProcess.startMember(home, List.of(), all)) {
            assertThat(broker.awaitEnd()).isEqualTo(REFUSED);
            assertThat(logs()).isEqualTo(before);
            return broker.errors();
        }
    }

    @Test
    void dataOfAnotherBroker() throws Exception {
        assertThat(refusal(7, "controller.quorum.voters=7@own"))
                .contains("belongs to broker 1, this is broker 7");
    }

    @Test
    void dataWhoseMetadataAreGone() throws Exception {
        loseMetadata();
        assertThat(refusal(1, "controller.quorum.voters=1@own"))
                .contains("its metadata are gone")
                .contains("nothing was changed");
    }

    @Test
    void dataOfAnotherCluster() throws Exception {
        loseMetadata();
        List<Integer> ports = ClusterProcesses.freePorts(2);
        try (BrokerProcess other =
                BrokerProcess.startMember(
                        folder.resolve("other"),
                        List.of(),
                        "node.id=2",
                        "listeners=PLAINTEXT://127.0.0.1:%d,CONTROLLER://127.0.0.1:%d"
                                .formatted(ports.get(0), ports.get(1)),
                        "controller.listener.names=CONTROLLER",
                        "controller.quorum.voters=2@127.0.0.1:" + ports.get(1))) {
            other.awaitServing();
            assertThat(refusal(1, "controller.quorum.bootstrap.servers=127.0.0.1:" + ports.get(1)))
                    .contains("the data of this broker belong to cluster")
                    .contains("nothing was changed");
        }
    }
}
