package io.sluice.system.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.system.harness.Await;
import io.sluice.system.harness.BrokerProcess;
import io.sluice.system.harness.ClusterProcesses;
import io.sluice.system.harness.Tool;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.QuorumInfo;
import org.apache.kafka.clients.admin.RaftVoterEndpoint;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.DuplicateVoterException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Voters change by the unmodified client and by Kafka's own tool, and stay changed. */
final class VotersTest {

    private static final Duration LIMIT = Duration.ofSeconds(60);

    @TempDir Path home;

    private static Set<Integer> voters(Admin admin) {
        try {
            return admin.describeMetadataQuorum().quorumInfo().get().voters().stream()
                    .map(QuorumInfo.ReplicaState::replicaId)
                    .collect(Collectors.toSet());
        } catch (Exception e) {
            return Set.of(); // no leader at the moment
        }
    }

    private static Uuid directory(Admin admin, int broker) throws Exception {
        QuorumInfo quorum = admin.describeMetadataQuorum().quorumInfo().get();
        return Stream.concat(quorum.voters().stream(), quorum.observers().stream())
                .filter(one -> one.replicaId() == broker)
                .findFirst()
                .orElseThrow()
                .replicaDirectoryId();
    }

    private static Tool.Result tool(String bootstrap, String... arguments) {
        String[] all =
                Stream.concat(Stream.of("--bootstrap-server", bootstrap), Stream.of(arguments))
                        .toArray(String[]::new);
        return Tool.kafka(new byte[0], "org.apache.kafka.tools.MetadataQuorumCommand", all);
    }

    @Test
    void votersComeAndGo() throws Exception {
        List<Integer> ports = ClusterProcesses.freePorts(2);
        try (ClusterProcesses cluster = ClusterProcesses.start(home, 3);
                Admin admin = Admin.create(Map.of("bootstrap.servers", cluster.bootstrap()))) {
            String controller = cluster.controller(1);
            String[] settings = {
                "node.id=4",
                "listeners=PLAINTEXT://127.0.0.1:%d,CONTROLLER://127.0.0.1:%d"
                        .formatted(ports.get(0), ports.get(1)),
                "controller.listener.names=CONTROLLER",
                "controller.quorum.bootstrap.servers=" + controller
            };
            try (BrokerProcess fourth =
                    BrokerProcess.startMember(home.resolve("broker-4"), List.of(), settings)) {
                fourth.awaitServing();
                addByTool(cluster.bootstrap(), fourth, settings);
                assertThat(voters(admin)).containsExactlyInAnyOrder(1, 2, 3, 4);
                Uuid id = directory(admin, 4);
                assertThat(Files.readString(fourth.data().resolve("meta.properties")))
                        .contains("directory.id=" + id);
                Set<RaftVoterEndpoint> where =
                        Set.of(new RaftVoterEndpoint("CONTROLLER", "127.0.0.1", ports.get(1)));
                assertThatThrownBy(() -> admin.addRaftVoter(4, id, where).all().get())
                        .hasCauseInstanceOf(DuplicateVoterException.class);
                admin.removeRaftVoter(1, directory(admin, 1)).all().get();
                Await.until("1 has no vote", LIMIT, () -> voters(admin).equals(Set.of(2, 3, 4)));
                assertThat(cluster.broker(1).stop()).isZero();
                cluster.broker(1).restart();
                cluster.broker(1).awaitServing();
                fourth.stop();
                fourth.restart();
                fourth.awaitServing();
                Await.until("as it was", LIMIT, () -> voters(admin).equals(Set.of(2, 3, 4)));
                Tool.Result removed =
                        tool(
                                cluster.bootstrap(),
                                "remove-controller",
                                "--controller-id",
                                "4",
                                "--controller-directory-id",
                                id.toString());
                assertThat(removed.exitCode()).as(removed.text() + removed.errors()).isZero();
                assertThat(voters(admin)).containsExactlyInAnyOrder(2, 3);
            }
        }
    }

    /** Which reads the settings and the directory of the broker, as it runs on its machine. */
    private void addByTool(String bootstrap, BrokerProcess broker, String... settings)
            throws Exception {
        Path file = home.resolve("broker-4.properties");
        List<String> lines = new ArrayList<>(List.of(settings));
        lines.add("log.dirs=" + broker.data());
        lines.add("process.roles=broker,controller");
        Files.write(file, lines);
        Tool.Result added = tool(bootstrap, "--command-config", file.toString(), "add-controller");
        assertThat(added.exitCode()).as(added.text() + added.errors()).isZero();
    }
}
