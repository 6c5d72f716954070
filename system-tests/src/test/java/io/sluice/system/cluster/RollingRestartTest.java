package io.sluice.system.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.system.cluster.History.Outcome;
import io.sluice.system.harness.ClusterProcesses;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every broker is stopped in order (SIGTERM) and started again, one after the other, while clients
 * write and read: no send fails, and nothing is lost or stored twice.
 */
final class RollingRestartTest {

    @TempDir Path home;

    @Test
    void clientsSeeNoErrorWhileEveryBrokerRestarts() throws Exception {
        History history = new History();
        try (ClusterProcesses cluster = ClusterProcesses.start(home, 3, "min.insync.replicas=2")) {
            ClusterTopic topic = ClusterTopic.create(cluster, "orders", 6);
            try (Workload workload = new Workload(topic, history)) {
                workload.start(2, 2);
                topic.awaitProgress(workload, 200);
                for (int id = 1; id <= 3; id++) {
                    assertThat(cluster.broker(id).stop()).as("exit code of broker %d", id).isZero();
                    history.fault("restarted " + id);
                    topic.awaitProgress(workload, 200);
                    cluster.broker(id).restart();
                    cluster.broker(id).awaitServing();
                    topic.awaitWhole();
                    topic.awaitProgress(workload, 200);
                }
                assertThat(HistoryChecker.violations(history, workload.end())).isEmpty();
            }
        }
        assertThat(history.sends()).allMatch(send -> send.outcome() == Outcome.OK);
    }
}
