package io.sluice.system.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.cli.Main;
import io.sluice.cli.terminal.Terminal;
import io.sluice.system.cluster.History.Outcome;
import io.sluice.system.harness.Await;
import io.sluice.system.harness.BrokerProcess;
import io.sluice.system.harness.ClusterProcesses;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.Node;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A fourth broker joins three under load, gets its share as was told before, is emptied, gets its
 * share once more without being asked for, is emptied again and leaves; the clients see no error.
 */
final class BalanceTest {

    private static final Duration LIMIT = Duration.ofSeconds(90);
    private static final int PARTITIONS = 8;
    private static final JsonMapper JSON = JsonMapper.shared();

    @TempDir Path home;

    private String bootstrap = "";

    @Test
    void aBrokerJoinsTakesItsShareIsEmptiedAndLeaves() throws Exception {
        History history = new History();
        try (ClusterProcesses cluster =
                ClusterProcesses.start(
                        home,
                        3,
                        "min.insync.replicas=2",
                        "sluice.balance.enable=false",
                        "sluice.balance.interval.ms=1000")) {
            bootstrap = cluster.bootstrap();
            ClusterTopic topic = ClusterTopic.create(cluster, "orders", PARTITIONS);
            try (Workload workload = new Workload(topic, history)) {
                workload.start(2, 2);
                topic.awaitProgress(workload, 200);
                BrokerProcess fourth = cluster.join();
                topic.awaitProgress(workload, 100);
                isEvenedOutAsTold();
                assertThat(share(4)).isBetween(5, 7);
                history.fault("partitions moved to broker 4");
                topic.awaitProgress(workload, 200);

                sluice("cluster", "drain", "4");
                assertThat(share(4)).isZero();
                topic.awaitProgress(workload, 200);

                sluice("cluster", "drain", "4", "--cancel");
                sluice("config", "set", "broker", "default", "sluice.balance.enable=true");
                Await.until("broker 4 has a share by itself", LIMIT, () -> share(4) >= 5);
                topic.awaitProgress(workload, 200);

                sluice("cluster", "drain", "4");
                assertThat(share(4)).isZero();
                assertThat(fourth.stop()).isZero();
                unregister();
                topic.awaitWhole();
                topic.awaitProgress(workload, 200);
                assertThat(HistoryChecker.violations(history, workload.end())).isEmpty();
            }
        }
        assertThat(history.sends()).allMatch(send -> send.outcome() == Outcome.OK);
    }

    /** What a dry run says is where replicas and leaders are afterwards. */
    private void isEvenedOutAsTold() throws Exception {
        JsonNode told = JSON.readTree(sluice("cluster", "balance", "--dry-run", "--json"));
        Map<String, List<Integer>> wanted = replicas();
        for (JsonNode move : told.get("moves")) {
            if (!move.get("why").asString().equals("preferred")) {
                List<Integer> to = new ArrayList<>();
                move.get("to").forEach(broker -> to.add(broker.asInt()));
                wanted.put(move.get("topic").asString() + "-" + move.get("partition").asInt(), to);
            }
        }
        assertThat(wanted.values()).anyMatch(brokers -> brokers.contains(4));
        sluice("cluster", "balance");
        assertThat(replicas()).isEqualTo(wanted);
        assertThat(leaders()).contains(4);
    }

    private String sluice(String... words) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        List<String> all = new ArrayList<>(List.of(words));
        all.addAll(List.of("--bootstrap", bootstrap));
        int exitCode =
                Main.run(
                        Terminal.of(new ByteArrayInputStream(new byte[0]), out, err),
                        all.toArray(String[]::new));
        assertThat(exitCode).as("%s: %s", all, err.toString(StandardCharsets.UTF_8)).isZero();
        return out.toString(StandardCharsets.UTF_8);
    }

    private List<TopicDescription> topics() throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrap))) {
            return List.copyOf(
                    admin.describeTopics(admin.listTopics().names().get())
                            .allTopicNames()
                            .get()
                            .values());
        }
    }

    private Map<String, List<Integer>> replicas() throws Exception {
        Map<String, List<Integer>> replicas = new TreeMap<>();
        for (TopicDescription topic : topics()) {
            topic.partitions()
                    .forEach(one ->
                            replicas.put(
                                    topic.name() + "-" + one.partition(),
                                    one.replicas().stream().map(Node::id).toList()));
        }
        return replicas;
    }

    private List<Integer> leaders() throws Exception {
        return topics().stream()
                .flatMap(topic -> topic.partitions().stream())
                .map(one -> one.leader().id())
                .toList();
    }

    /** Replicas on a broker. */
    private int share(int broker) {
        try {
            return (int) replicas().values().stream().filter(ids -> ids.contains(broker)).count();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private void unregister() throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrap))) {
            admin.unregisterBroker(4).all().get();
        }
    }
}
