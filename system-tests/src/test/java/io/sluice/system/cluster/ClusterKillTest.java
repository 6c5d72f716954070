package io.sluice.system.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.system.harness.Await;
import io.sluice.system.harness.BrokerProcess;
import io.sluice.system.harness.ClusterProcesses;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Three brokers under kill -9 and SIGSTOP, one after the other, while clients write and read:
 * nothing acknowledged is lost, nothing is stored twice, and the work goes on after each fault.
 */
final class ClusterKillTest {

    private static final String TOPIC = "orders";
    private static final int PARTITIONS = 6;
    private static final int FAULTS = Integer.getInteger("sluice.cluster.faults", 4);
    private static final Duration PROGRESS = Duration.ofSeconds(60);

    @TempDir Path home;

    @Test
    void nothingAcknowledgedIsLostWhileBrokersAreKilledAndStopped() throws Exception {
        long seed = Long.getLong("sluice.seed", System.nanoTime());
        Random random = new Random(seed);
        History history = new History();
        try (ClusterProcesses cluster = ClusterProcesses.start(home, 3, "min.insync.replicas=2")) {
            create(cluster);
            try (Workload workload =
                    new Workload(cluster.bootstrap(), TOPIC, PARTITIONS, history)) {
                workload.start(2, 2);
                progress(workload, 200);
                for (int i = 0; i < FAULTS; i++) {
                    fault(cluster, 1 + random.nextInt(3), i % 2 == 0, workload, history);
                }
                List<String> violations = HistoryChecker.violations(history, workload.end());
                assertThat(violations).as("seed %d, %s", seed, history.faults()).isEmpty();
            }
        }
    }

    private static void create(ClusterProcesses cluster) throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", cluster.bootstrap()))) {
            admin.createTopics(List.of(new NewTopic(TOPIC, PARTITIONS, (short) 3))).all().get();
        }
    }

    /** One broker goes, the others carry on; it comes back, and all is well before the next. */
    private static void fault(
            ClusterProcesses cluster, int id, boolean kill, Workload workload, History history) {
        BrokerProcess broker = cluster.broker(id);
        if (kill) {
            broker.kill();
            history.fault("killed " + id);
        } else {
            broker.pause();
            history.fault("stopped " + id);
        }
        progress(workload, 500);
        if (kill) {
            broker.restart();
            broker.awaitServing();
        } else {
            broker.go();
        }
        progress(workload, 500);
        awaitWhole(cluster);
    }

    private static void progress(Workload workload, long more) {
        long wanted = workload.acknowledged() + more;
        Await.until(more + " more acknowledged", PROGRESS, () -> workload.acknowledged() >= wanted);
    }

    /** Every replica is in sync again. */
    private static void awaitWhole(ClusterProcesses cluster) {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", cluster.bootstrap()))) {
            Await.until("every replica is in sync", PROGRESS, () -> isWhole(admin));
        }
    }

    private static boolean isWhole(Admin admin) {
        try {
            return admin.describeTopics(List.of(TOPIC)).allTopicNames().get().values().stream()
                    .flatMap(topic -> topic.partitions().stream())
                    .allMatch(partition -> partition.isr().size() == 3);
        } catch (Exception e) {
            return false;
        }
    }
}
