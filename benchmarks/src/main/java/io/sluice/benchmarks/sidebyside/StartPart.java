package io.sluice.benchmarks.sidebyside;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.errors.InvalidReplicaAssignmentException;
import org.apache.kafka.common.errors.TopicExistsException;

/**
 * Starts: of three brokers at once that hold a topic already, of one that was stopped, and of a
 * fourth that nobody knew; each from the start of the process, launcher included.
 */
record StartPart() implements ClusterPart {

    private static final String TOPIC = "first";
    private static final String JOINED = "joined";
    private static final int FOURTH = ClusterSide.BROKERS + 1;

    @Override
    public String name() {
        return "start";
    }

    @Override
    public void run(ClusterSide sluice, ClusterSide kafka, int pairs, Report report) {
        Row row = new Row("start", List.of());
        for (int pair = 1; pair <= pairs; pair++) {
            List<Map<Metric, Double>> both = new ArrayList<>();
            List<ClusterSide> order = List.of(sluice, kafka);
            for (ClusterSide side : pair % 2 == 1 ? order : order.reversed()) {
                Map<Metric, Double> figures = measure(side);
                ClusterMain.tell(row.name(), "pair " + pair, side.name(), figures);
                both.add(figures);
            }
            report.add(
                    row,
                    pair % 2 == 1 ? both.getFirst() : both.getLast(),
                    pair % 2 == 1 ? both.getLast() : both.getFirst());
        }
    }

    private static Map<Metric, Double> measure(ClusterSide side) {
        Client client = new Client();
        Map<Metric, Double> figures = new EnumMap<>(Metric.class);
        if (side.isLeftOut()) {
            return figures;
        }
        try (RunningCluster cluster = side.fresh()) {
            cluster.startAll();
            try (ClusterClient ask = new ClusterClient(cluster.bootstrap())) {
                ask.createTopic(TOPIC, 1, Map.of());
            }
            // Warms the client for what is timed below.
            client.firstRecord(cluster.bootstrap(), TOPIC);
            List<Process> ending = new ArrayList<>();
            for (int node = 1; node <= ClusterSide.BROKERS; node++) {
                ending.add(cluster.terminate(node));
            }
            ending.forEach(RunningCluster::await);
            figures.put(Metric.CLUSTER_START_MS, startAll(cluster, client));
            try (ClusterClient ask = new ClusterClient(cluster.bootstrap())) {
                ask.awaitInSync(TOPIC, ClusterSide.BROKERS);
                figures.put(Metric.RESTART_MS, restart(cluster, ask));
                figures.put(Metric.STRANGER_MS, join(cluster, ask, client));
            }
            figures.put(Metric.ALL_RESIDENT_MB, cluster.residentMb());
        }
        return figures;
    }

    private static double startAll(RunningCluster cluster, Client client) {
        long start = System.nanoTime();
        List<Process> launched = new ArrayList<>();
        for (int node = 1; node <= ClusterSide.BROKERS; node++) {
            launched.add(cluster.launch(node));
        }
        Peer.awaitListening(cluster.clientPort(1));
        client.firstRecord(cluster.bootstrap(), TOPIC);
        double millis = (System.nanoTime() - start) / 1e6;
        for (int node = 1; node <= ClusterSide.BROKERS; node++) {
            cluster.awaitReady(node, launched.get(node - 1));
        }
        return millis;
    }

    private static double restart(RunningCluster cluster, ClusterClient ask) {
        int node = ask.controller() % ClusterSide.BROKERS + 1;
        RunningCluster.await(cluster.terminate(node));
        long start = System.nanoTime();
        Process process = cluster.launch(node);
        ask.awaitInSync(TOPIC, ClusterSide.BROKERS);
        double millis = (System.nanoTime() - start) / 1e6;
        cluster.awaitReady(node, process);
        return millis;
    }

    private static double join(RunningCluster cluster, ClusterClient ask, Client client) {
        long start = System.nanoTime();
        Process process = cluster.launch(FOURTH);
        ClusterClient.until("a topic on the fourth", () -> placedOnFourth(ask));
        client.firstRecord(cluster.bootstrap(), JOINED);
        double millis = (System.nanoTime() - start) / 1e6;
        cluster.awaitReady(FOURTH, process);
        return millis;
    }

    private static boolean placedOnFourth(ClusterClient ask) {
        try {
            ask.createTopics(List.of(new NewTopic(JOINED, Map.of(0, List.of(FOURTH)))));
            return true;
        } catch (InvalidReplicaAssignmentException notThere) {
            return false;
        } catch (TopicExistsException wasMade) {
            return true;
        }
    }
}
