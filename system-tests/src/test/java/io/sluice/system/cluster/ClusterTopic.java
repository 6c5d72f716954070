package io.sluice.system.cluster;

import io.sluice.system.harness.Await;
import io.sluice.system.harness.ClusterProcesses;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TopicDescription;

/** A topic with a replica on each of three brokers. */
record ClusterTopic(ClusterProcesses cluster, String name) {

    static final int REPLICAS = 3;

    private static final Duration LIMIT = Duration.ofSeconds(90);

    static ClusterTopic create(ClusterProcesses cluster, String name, int partitions)
            throws Exception {
        try (Admin admin = admin(cluster)) {
            admin.createTopics(List.of(new NewTopic(name, partitions, (short) REPLICAS)))
                    .all()
                    .get();
        }
        return new ClusterTopic(cluster, name);
    }

    private static Admin admin(ClusterProcesses cluster) {
        return Admin.create(Map.of("bootstrap.servers", cluster.bootstrap()));
    }

    /** Waits until as many more sends are acknowledged. */
    void awaitProgress(Workload workload, long more) {
        long wanted = workload.acknowledged() + more;
        Await.until(more + " more acknowledged", LIMIT, () -> workload.acknowledged() >= wanted);
    }

    /** Waits until every replica is in sync. */
    void awaitWhole() {
        try (Admin admin = admin(cluster)) {
            Await.until("every replica of " + name + " is in sync", LIMIT, () -> isWhole(admin));
        }
    }

    private boolean isWhole(Admin admin) {
        try {
            TopicDescription topic =
                    admin.describeTopics(List.of(name)).allTopicNames().get().get(name);
            return topic != null
                    && topic.partitions().stream()
                            .allMatch(partition -> partition.isr().size() == REPLICAS);
        } catch (Exception e) {
            return false; // whoever was asked is away; the next one is asked
        }
    }
}
