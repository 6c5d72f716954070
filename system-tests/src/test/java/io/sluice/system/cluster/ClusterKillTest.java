package io.sluice.system.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.system.harness.BrokerProcess;
import io.sluice.system.harness.ClusterProcesses;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Three brokers under kill -9 and SIGSTOP, one after the other, while clients write and read:
 * nothing acknowledged is lost, nothing is stored twice, and the work goes on after each fault.
 */
final class ClusterKillTest {

    private static final int PARTITIONS = 6;

    /** More of them make the long form: {@code -Dsluice.cluster.faults=300} is about an hour. */
    private static final int FAULTS = Integer.getInteger("sluice.cluster.faults", 4);

    @TempDir Path home;

    @Test
    void nothingAcknowledgedIsLostWhileBrokersAreKilledAndStopped() throws Exception {
        long seed = Long.getLong("sluice.seed", System.nanoTime());
        Random random = new Random(seed);
        History history = new History();
        try (ClusterProcesses cluster = ClusterProcesses.start(home, 3, "min.insync.replicas=2")) {
            ClusterTopic topic = ClusterTopic.create(cluster, "orders", PARTITIONS);
            try (Workload workload =
                    new Workload(topic, history)) {
                workload.start(2, 2);
                topic.awaitProgress(workload, 200);
                for (int i = 0; i < FAULTS; i++) {
                    boolean kill = i % 2 == 0;
                    int id = 1 + random.nextInt(cluster.size());
                    history.fault((kill ? "killed " : "stopped ") + id);
                    fault(cluster.broker(id), kill, topic, workload);
                }
                List<String> violations = HistoryChecker.violations(history, workload.end());
                assertThat(violations).as("seed %d, %s", seed, history.faults()).isEmpty();
            }
        }
    }

    /** One broker goes, the others carry on; it comes back, and all is well before the next. */
    private static void fault(
            BrokerProcess broker, boolean kill, ClusterTopic topic, Workload workload) {
        if (kill) {
            broker.kill();
        } else {
            broker.pause();
        }
        topic.awaitProgress(workload, 500);
        if (kill) {
            broker.restart();
            broker.awaitServing();
        } else {
            broker.go();
        }
        topic.awaitProgress(workload, 500);
        topic.awaitWhole();
    }
}
