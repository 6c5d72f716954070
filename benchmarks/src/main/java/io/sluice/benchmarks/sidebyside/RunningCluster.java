package io.sluice.benchmarks.sidebyside;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/** The processes of one cluster. Nodes are numbered from 1 and keep their ports and folders. */
final class RunningCluster implements AutoCloseable {

    private static final Duration STOP_LIMIT = Duration.ofSeconds(60);

    private final ClusterSide side;
    private final Path home;
    private final List<Integer> ports;
    private final SortedMap<Integer, Node> nodes = new TreeMap<>();

    /** Started, and not known to be ready. */
    private final List<Process> starting = new ArrayList<>();

    /**
     * One broker.
     *
     * @param process what was started: the broker, or a script that waits for it
     * @param pid the broker's own process
     */
    private record Node(Process process, long pid) {}

    RunningCluster(ClusterSide side, Path home, List<Integer> ports) {
        this.side = side;
        this.home = home;
        this.ports = ports;
    }

    ClusterSide side() {
        return side;
    }

    Path home(int node) {
        return home.resolve("node-" + node);
    }

    int clientPort(int node) {
        return ports.get(2 * node - 2);
    }

    int controllerPort(int node) {
        return ports.get(2 * node - 1);
    }

    String voters() {
        List<String> voters = new ArrayList<>();
        for (int node = 1; node <= ClusterSide.BROKERS; node++) {
            voters.add("%d@127.0.0.1:%d".formatted(node, controllerPort(node)));
        }
        return String.join(",", voters);
    }

    /** The voters' addresses for a client. */
    String bootstrap() {
        List<String> all = new ArrayList<>();
        for (int node = 1; node <= ClusterSide.BROKERS; node++) {
            all.add(bootstrap(node));
        }
        return String.join(",", all);
    }

    String bootstrap(int node) {
        return "127.0.0.1:" + clientPort(node);
    }

    /** Starts the voters, all at once, and returns when each says that it is ready. */
    void startAll() {
        List<Process> launched = new ArrayList<>();
        for (int node = 1; node <= ClusterSide.BROKERS; node++) {
            launched.add(launch(node));
        }
        for (int node = 1; node <= ClusterSide.BROKERS; node++) {
            awaitReady(node, launched.get(node - 1));
        }
    }

    /** Starts one and returns at once; {@link #awaitReady} takes it up. */
    Process launch(int node) {
        Process process = Peer.launch(side.command(this, node, false), home(node));
        starting.add(process);
        return process;
    }

    void awaitReady(int node, Process process) {
        nodes.put(node, new Node(process, Peer.awaitPid(side.product(), process, home(node))));
        starting.remove(process);
    }

    void start(int node) {
        awaitReady(node, launch(node));
    }

    /** kill -9. */
    void kill(int node) {
        Node killed = requireNonNull(nodes.remove(node));
        ProcessHandle.of(killed.pid()).ifPresent(ProcessHandle::destroyForcibly);
        await(killed.process());
    }

    /** SIGTERM; returns at once. */
    Process terminate(int node) {
        Node stopped = requireNonNull(nodes.remove(node));
        stopped.process().destroy();
        return stopped.process();
    }

    /** Waits for the end of a process; kills it when it does not end. */
    static void await(Process process) {
        try {
            if (!process.waitFor(STOP_LIMIT.toSeconds(), TimeUnit.SECONDS)) {
                process.descendants().forEach(ProcessHandle::destroyForcibly);
                process.destroyForcibly().waitFor();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }

    /** CPU of all brokers that run. */
    ProcessFigures figures() {
        double user = 0;
        double system = 0;
        for (Node node : nodes.values()) {
            ProcessFigures one = ProcessFigures.of(node.pid());
            user += one.userSeconds();
            system += one.systemSeconds();
        }
        return new ProcessFigures(user, system);
    }

    /** Resident memory of all brokers that run. */
    double residentMb() {
        return nodes.values().stream()
                .mapToDouble(node -> ProcessFigures.residentMb(node.pid()))
                .sum();
    }

    @Override
    public void close() {
        List<Process> ending = new ArrayList<>(starting);
        starting.forEach(Process::destroy);
        List.copyOf(nodes.keySet()).forEach(node -> ending.add(terminate(node)));
        ending.forEach(RunningCluster::await);
        try {
            SideBySide.delete(home);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
