package io.sluice.system.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sluice.system.cluster.History.Stored;
import io.sluice.system.harness.Await;
import io.sluice.system.harness.ClusterProcesses;
import io.sluice.system.network.Link;
import io.sluice.system.network.Network;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.message.FindCoordinatorResponseData.Coordinator;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A leader and coordinator that is cut off from all other brokers, and reached by clients: it steps
 * back by itself, takes no write that would be lost, and sends clients away.
 */
final class CutOffLeaderTest {

    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final String TOPIC = "orders";
    private static final int REFUSALS = 20;
    private static final int BROKERS = 3;

    @TempDir Path home;

    private long value;

    private interface Question {
        Errors ask() throws IOException;
    }

    /** Waits for that answer. One who is not reached for a moment is asked again. */
    private static void await(String what, Errors wanted, Question question) {
        Await.until(
                what,
                LIMIT,
                () -> {
                    try {
                        return question.ask() == wanted;
                    } catch (IOException e) {
                        return false;
                    }
                });
    }

    /**
     * @param decides whether it is the one that decides about the metadata, too
     */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void itStepsBack(boolean decides) throws Exception {
        Optional<String> missing = Network.missing();
        assumeTrue(missing.isEmpty(), missing.orElse(""));
        try (Network network = Network.create(BROKERS, System.nanoTime());
                ClusterProcesses cluster =
                        ClusterProcesses.startAt(network, home, BROKERS, "min.insync.replicas=1")) {
            int controller = ClusterTopic.controllerOr(cluster, 1);
            int leader = decides ? controller : controller % BROKERS + 1;
            ClusterTopic topic = create(cluster, leader);
            List<Long> elsewhere = new ArrayList<>();
            try (OneBroker cut = at(cluster, leader);
                    OneBroker other = at(cluster, leader % BROKERS + 1)) {
                await("a first write", Errors.NONE, () -> cut.write(-1, ++value));
                String group = groupOf(cut, leader);
                await("a coordinator", Errors.UNKNOWN_MEMBER_ID, () -> cut.heartbeat(group));
                cutOff(network, leader);
                await("it steps back", Errors.NOT_LEADER_OR_FOLLOWER, () -> cut.write(1, ++value));
                Await.until("others lead", LIMIT, () -> writes(cluster, leader, elsewhere));
                staysBack(cut, group);
                assertThat(metadata(other)).isNotEqualTo(leader);
                network.heal();
                topic.awaitWhole();
                await("it follows", Errors.NONE, () -> known(cut, leader));
            }
            List<Long> stored =
                    topic.readAll("read_uncommitted").getOrDefault(0, List.of()).stream()
                            .map(Stored::value)
                            .toList();
            assertThat(elsewhere).isNotEmpty();
            assertThat(stored).containsAll(elsewhere);
        }
    }

    private static ClusterTopic create(ClusterProcesses cluster, int leader) throws Exception {
        List<Integer> replicas = new ArrayList<>(List.of(leader));
        for (int id = 1; id <= BROKERS; id++) {
            if (id != leader) {
                replicas.add(id);
            }
        }
        try (Admin admin = ClusterTopic.admin(cluster)) {
            admin.createTopics(List.of(new NewTopic(TOPIC, Map.of(0, replicas)))).all().get();
        }
        ClusterTopic topic = new ClusterTopic(cluster, TOPIC, 1);
        topic.awaitWhole();
        return topic;
    }

    private static OneBroker at(ClusterProcesses cluster, int id) {
        return new OneBroker(cluster.bootstrap().split(",", -1)[id - 1], TOPIC);
    }

    /** A group that is coordinated there. */
    private static String groupOf(OneBroker broker, int id) throws IOException {
        for (int i = 0; i < 1_000; i++) {
            String name = "group-" + i;
            await("a coordinator", Errors.NONE, () -> error(broker.coordinator(name)));
            if (broker.coordinator(name).nodeId() == id) {
                return name;
            }
        }
        throw new AssertionError("broker " + id + " coordinates nothing");
    }

    private static Errors error(Coordinator answer) {
        return Errors.forCode(answer.errorCode());
    }

    private static void cutOff(Network network, int id) {
        for (int other = 1; other <= BROKERS; other++) {
            if (other != id) {
                network.setBoth(id, other, Link.CUT);
            }
        }
    }

    private boolean writes(ClusterProcesses cluster, int except, List<Long> acknowledged) {
        for (int id = 1; id <= BROKERS; id++) {
            if (id == except) {
                continue;
            }
            try (OneBroker broker = at(cluster, id)) {
                if (broker.write(1, ++value) == Errors.NONE) {
                    acknowledged.add(value);
                    return true;
                }
            } catch (IOException e) {
                return false;
            }
        }
        return false;
    }

    /** Nothing that depends on who leads is answered. */
    private void staysBack(OneBroker cut, String group) throws IOException {
        for (int i = 0; i < REFUSALS; i++) {
            assertThat(cut.write(1, ++value)).isEqualTo(Errors.NOT_LEADER_OR_FOLLOWER);
            assertThat(cut.write(-1, ++value)).isEqualTo(Errors.NOT_LEADER_OR_FOLLOWER);
            assertThat(cut.read(0)).isEqualTo(Errors.NOT_LEADER_OR_FOLLOWER);
            assertThat(cut.end()).isEqualTo(Errors.NOT_LEADER_OR_FOLLOWER);
            assertThat(cut.heartbeat(group)).isEqualTo(Errors.NOT_COORDINATOR);
            assertThat(error(cut.coordinator(group))).isEqualTo(Errors.COORDINATOR_NOT_AVAILABLE);
            assertThat(metadata(cut)).as("who leads, as it tells").isEqualTo(-1);
        }
    }

    private static int metadata(OneBroker broker) throws IOException {
        return broker.metadata().leaderId();
    }

    /** Whether it tells of another leader. */
    private static Errors known(OneBroker broker, int itself) throws IOException {
        int leader = metadata(broker);
        return leader < 0 || leader == itself ? Errors.LEADER_NOT_AVAILABLE : Errors.NONE;
    }
}
