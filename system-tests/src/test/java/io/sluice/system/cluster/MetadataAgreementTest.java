package io.sluice.system.cluster;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.system.harness.Await;
import io.sluice.system.harness.ClusterProcesses;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewPartitionReassignment;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Clients of each broker look at the cluster all the while: topics come and go, replicas move, a
 * broker is killed and comes back. No leader epoch goes back in any client's view, and after each
 * change all brokers that are there tell the same.
 */
final class MetadataAgreementTest {

    private static final Duration LIMIT = Duration.ofSeconds(120);
    private static final long LOOK_EVERY_NANOS = 20_000_000L;
    private static final int KILLS = 3;
    private static final int CHANGES_BETWEEN = 5;

    @TempDir Path home;
    private final Map<Integer, BrokerView> views = new TreeMap<>();
    private final Set<Integer> there = new HashSet<>(Set.of(1, 2, 3));
    private final Set<String> topics = new HashSet<>();
    private final AtomicLong looks = new AtomicLong();
    private volatile boolean looking = true;

    @Test
    void allBrokersTellTheSameAndEpochsNeverGoBack() throws Exception {
        long seed = Long.getLong("sluice.seed", System.nanoTime());
        Random random = new Random(seed);
        List<Thread> lookers = new ArrayList<>();
        try (ClusterProcesses cluster =
                        ClusterProcesses.start(home, 3, "broker.session.timeout.ms=6000");
                ClusterTools tools = new ClusterTools(cluster);
                Admin admin = tools.admin()) {
            for (int id = 1; id <= 3; id++) {
                BrokerView view = new BrokerView(id, cluster.broker(id).bootstrap());
                views.put(id, view);
                lookers.add(Thread.ofVirtual().start(() -> look(view)));
            }
            tools.create("kept", Map.of(0, List.of(1, 2, 3), 1, List.of(2, 3, 1)), Map.of());
            for (int round = 0; round < KILLS; round++) {
                int killed = 1 + random.nextInt(3);
                cluster.broker(killed).kill();
                there.remove(killed);
                change(admin, random);
                cluster.broker(killed).restart();
                change(admin, random);
                cluster.broker(killed).awaitServing();
                there.add(killed);
                change(admin, random);
                awaitAgreement("seed %d, broker %d is back".formatted(seed, killed));
            }
            looking = false;
            for (Thread looker : lookers) {
                looker.join();
            }
            assertThat(looks.get()).as("looks").isGreaterThan(100);
            views.values()
                    .forEach(view -> assertThat(view.wentBack()).as("seed %d", seed).isEmpty());
        } finally {
            looking = false;
        }
    }

    private void look(BrokerView view) {
        while (looking) {
            try {
                view.told();
                looks.incrementAndGet();
            } catch (IOException away) {
                // it was killed; it comes back
            }
            LockSupport.parkNanos(LOOK_EVERY_NANOS);
        }
    }

    private void change(Admin admin, Random random) throws Exception {
        for (int i = 0; i < CHANGES_BETWEEN; i++) {
            if (random.nextBoolean()) {
                String topic = "t" + random.nextInt(1_000_000);
                int replicas = 1 + random.nextInt(2);
                ClusterTools.ordered(() ->
                        admin.createTopics(List.of(new NewTopic(topic, 2, (short) replicas)))
                                .all());
                topics.add(topic);
            } else if (!topics.isEmpty() && random.nextBoolean()) {
                String topic = topics.iterator().next();
                topics.remove(topic);
                ClusterTools.ordered(() -> admin.deleteTopics(List.of(topic)).all());
            } else {
                List<Integer> target = new ArrayList<>(there);
                TopicPartition moved = new TopicPartition("kept", random.nextInt(2));
                ClusterTools.ordered(() ->
                        admin.alterPartitionReassignments(
                                        Map.of(
                                                moved,
                                                Optional.of(new NewPartitionReassignment(target))))
                                .all());
            }
        }
        awaitAgreement("changed");
        String told = tell(there.iterator().next());
        topics.forEach(topic -> assertThat(told).contains(" " + topic + "-0:"));
    }

    private String tell(int broker) {
        try {
            return requireNonNull(views.get(broker)).told();
        } catch (IOException e) {
            return "broker " + broker + ": " + e.getMessage();
        }
    }

    private void awaitAgreement(String when) {
        Map<Integer, String> last = new TreeMap<>();
        try {
            Await.until(
                    "all brokers tell the same",
                    LIMIT,
                    () -> {
                        there.forEach(id -> last.put(id, tell(id)));
                        last.keySet().retainAll(there);
                        return new HashSet<>(last.values()).size() == 1;
                    });
        } catch (AssertionError e) {
            throw new AssertionError(when + ": " + e.getMessage() + "\n" + last, e);
        }
    }
}
