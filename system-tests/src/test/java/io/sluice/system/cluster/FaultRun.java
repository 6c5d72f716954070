package io.sluice.system.cluster;

import io.sluice.system.cluster.History.Stored;
import io.sluice.system.harness.BrokerProcess;
import io.sluice.system.harness.ClusterProcesses;
import io.sluice.system.harness.SmallDisk;
import io.sluice.system.network.Network;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * A cluster of three brokers under load of every kind, to which faults happen one after the other,
 * and the judgement in the end.
 */
final class FaultRun implements AutoCloseable {

    private static final int BROKERS = 3;
    private static final int PARTITIONS = 4;
    private static final int PROGRESS = 100;

    private final ClusterProcesses cluster;
    private final @Nullable Network network;
    private final Nemesis nemesis;
    private final ClusterTopic orders;
    private final ClusterTopic moves;
    private final History history = new History();
    private final Workload workload;
    private final TransactionLoad transactions;
    private final List<GroupLoad> groups = new ArrayList<>();

    private FaultRun(
            ClusterProcesses cluster,
            @Nullable Network network,
            @Nullable SmallDisk smallDisk,
            long seed)
            throws Exception {
        this.cluster = cluster;
        this.network = network;
        this.orders = ClusterTopic.create(cluster, "orders", PARTITIONS);
        this.moves = ClusterTopic.create(cluster, "moves", PARTITIONS);
        this.nemesis = new Nemesis(cluster, network, smallDisk, orders, new Random(seed));
        this.workload = new Workload(orders, history);
        this.transactions = new TransactionLoad(moves, new TransactionHistory(), seed);
        for (String protocol : List.of("classic", "consumer")) {
            groups.add(new GroupLoad(orders, protocol, new GroupHistory(), seed));
        }
    }

    /** Where a small disk is to be mounted. */
    static Path smallDiskAt(Path home) {
        return ClusterProcesses.data(home, Nemesis.SMALL);
    }

    private static List<String> settings(boolean patient) {
        List<String> settings = new ArrayList<>();
        settings.add("min.insync.replicas=2");
        settings.add("replica.lag.time.max.ms=4000");
        settings.add("group.initial.rebalance.delay.ms=100");
        settings.add("group.consumer.session.timeout.ms=6000");
        settings.add("group.consumer.heartbeat.interval.ms=1000");
        if (patient) {
            settings.add("broker.session.timeout.ms=6000");
            settings.add("controller.quorum.election.timeout.ms=3000");
        }
        return settings;
    }

    /**
     * Starts all of it.
     *
     * @param network where the brokers are to be, or none for this machine's loopback
     * @param smallDisk that of one broker, mounted already; see {@link #smallDiskAt}
     * @param patient whether brokers bear it that a busy machine does not let them run for seconds
     */
    static FaultRun start(
            Path home,
            @Nullable Network network,
            @Nullable SmallDisk smallDisk,
            boolean patient,
            long seed)
            throws Exception {
        ClusterProcesses.Place place = network == null ? ClusterProcesses.Place.HERE : network;
        ClusterProcesses cluster =
                ClusterProcesses.startAt(
                        place, home, BROKERS, settings(patient).toArray(String[]::new));
        try {
            FaultRun run = new FaultRun(cluster, network, smallDisk, seed);
            run.workload.start(2, 2);
            run.transactions.start(2);
            run.groups.forEach(group -> group.start(2));
            run.orders.awaitProgress(run.workload, PROGRESS);
            return run;
        } catch (Exception | Error e) {
            cluster.close();
            throw e;
        }
    }

    /** Lets a fault happen; returns when the work goes on. */
    void strike(Fault fault, Duration hold) {
        long before = System.nanoTime();
        long lostBefore = lost();
        String what = nemesis.strike(fault, hold);
        if (!fault.losesPackets() || lost() > lostBefore) {
            history.fault(what);
        }
        nemesis.awaitServing();
        orders.awaitProgress(workload, PROGRESS);
        long ms = Duration.ofNanos(System.nanoTime() - before).toMillis();
        System.out.printf(
                "%s: %s, %d ms in all, %d acknowledged, %d transactions%n",
                fault, what, ms, workload.acknowledged(), transactions.committed());
    }

    private long lost() {
        return network == null ? 0 : network.lost();
    }

    /** Waits until every replica is in sync. */
    void awaitWhole() {
        orders.awaitWhole();
        moves.awaitWhole();
    }

    List<String> faults() {
        return history.faults();
    }

    private interface Judgement {
        List<String> violations() throws Exception;
    }

    /** What one judge says; one that waits in vain does not keep the others from it. */
    private static List<String> hear(Judgement judgement) throws Exception {
        try {
            return judgement.violations();
        } catch (AssertionError e) {
            return List.of(String.valueOf(e.getMessage()));
        }
    }

    /** Ends the load and stops the brokers; all that is wrong. */
    List<String> judge() throws Exception {
        awaitWhole();
        Map<Integer, List<Stored>> stored = workload.end();
        List<String> violations = new ArrayList<>(HistoryChecker.violations(history, stored));
        violations.addAll(hear(transactions::end));
        for (GroupLoad group : groups) {
            violations.addAll(hear(() -> group.end(stored)));
        }
        violations.addAll(hear(this::replicas));
        return violations;
    }

    private List<String> replicas() {
        awaitWhole();
        List<String> violations = new ArrayList<>();
        List<Path> data = new ArrayList<>();
        for (int id = 1; id <= cluster.size(); id++) {
            BrokerProcess broker = cluster.broker(id);
            if (broker.stop() != 0) {
                violations.add("broker %d did not stop as it should".formatted(id));
            }
            data.add(broker.data());
        }
        for (ClusterTopic topic : List.of(orders, moves)) {
            violations.addAll(ReplicaChecker.violations(data, topic.name(), topic.partitions()));
        }
        return violations;
    }

    @Override
    public void close() {
        workload.close();
        transactions.close();
        groups.forEach(GroupLoad::close);
        cluster.close();
    }
}
