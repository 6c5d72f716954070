package io.sluice.system.operating;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.system.harness.Await;
import io.sluice.system.harness.BrokerProcess;
import io.sluice.system.harness.ClusterProcesses;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Probes of real brokers over their lives. */
final class ProbesTest {

    private static final Duration LIMIT = Duration.ofMinutes(3);
    private static final int YES = 200;
    private static final int NO = 503;

    @TempDir Path home;

    @Test
    void aBrokerByItselfIsReadyWhenItSaysSo() {
        try (BrokerProcess broker =
                BrokerProcess.start(home, "sluice.http.listener=HTTP://127.0.0.1:0")) {
            String http = broker.toolsAddress();
            assertThat(Tools.probe(http, "started")).isEqualTo(YES);
            assertThat(Tools.probe(http, "ready")).isEqualTo(YES);
            assertThat(Tools.probe(http, "live")).isEqualTo(YES);
            assertThat(broker.stop()).isZero();
            assertThat(Tools.probe(http, "live")).isEqualTo(Tools.NO_ANSWER);
        }
    }

    @Test
    void aPortInUseEndsTheStartWithASentence() {
        try (BrokerProcess broker =
                BrokerProcess.start(
                        home.resolve("one"), "sluice.http.listener=HTTP://127.0.0.1:0")) {
            String taken = "sluice.http.listener=HTTP://" + broker.toolsAddress();
            BrokerProcess other =
                    BrokerProcess.startMember(
                            home.resolve("two"),
                            List.of(),
                            "listeners=PLAINTEXT://127.0.0.1:0",
                            taken);
            assertThat(other.awaitEnd()).isEqualTo(1);
            assertThat(other.errors()).contains("cannot listen at HTTP://", "in use");
        }
    }

    /** Started, not counted on, counted on, cut off, back, stopping. */
    @Test
    void aMemberIsReadyWhileTheClusterCountsOnIt() {
        try (ClusterProcesses cluster =
                ClusterProcesses.start(home, 3, "sluice.http.listener=HTTP://127.0.0.1:0")) {
            cluster.broker(3).stop();
            cluster.broker(2).stop();
            cluster.broker(1).stop();
            String http = cluster.tools(3); // as it was: the next start has the same
            cluster.broker(3).restart();
            Await.until("it answers", LIMIT, () -> Tools.probe(http, "live") == YES);
            assertThat(Tools.probe(http, "started")).as("without a quorum").isEqualTo(NO);
            assertThat(Tools.get(http, "/health/ready").body()).contains("the broker starts");

            cluster.broker(1).restart();
            cluster.broker(2).restart();
            Await.until("it is ready", LIMIT, () -> Tools.probe(http, "ready") == YES);
            assertThat(Tools.probe(http, "started")).isEqualTo(YES);

            cluster.broker(1).awaitServing();
            cluster.broker(2).awaitServing();
            cluster.broker(1).pause();
            cluster.broker(2).pause();
            Await.until("it is cut off", LIMIT, () -> Tools.probe(http, "ready") == NO);
            assertThat(Tools.probe(http, "live")).as("it works, alone").isEqualTo(YES);
            assertThat(Tools.probe(http, "started")).isEqualTo(YES);

            cluster.broker(1).go();
            cluster.broker(2).go();
            Await.until("it is ready again", LIMIT, () -> Tools.probe(http, "ready") == YES);

            cluster.broker(1).pause();
            cluster.broker(2).pause();
            // Alone it hands over nothing, and waits for that (sluice.shutdown.grace.ms).
            CompletableFuture<Integer> stopped =
                    CompletableFuture.supplyAsync(() -> cluster.broker(3).stop());
            Await.until(
                    "it says that it stops",
                    LIMIT,
                    () ->
                            Tools.probe(http, "ready") == NO
                                    && Tools.get(http, "/health/ready")
                                            .body()
                                            .contains("the broker stops"));
            assertThat(Tools.probe(http, "live")).isEqualTo(YES);
            stopped.join();
        }
    }
}
