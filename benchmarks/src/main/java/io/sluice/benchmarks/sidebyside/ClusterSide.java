package io.sluice.benchmarks.sidebyside;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * How one of the two sides is run as a cluster: three brokers that keep their metadata together.
 */
final class ClusterSide {

    static final int BROKERS = 3;

    /** One more, to join. */
    private static final int NODES = BROKERS + 1;

    private final Peer.Product product;
    private final Path root;
    private final Path scratch;
    private final boolean leftOut;
    private int made;

    /**
     * A side.
     *
     * @param root of the source tree
     * @param scratch where data folders are made
     * @param leftOut whether it is not measured this time
     */
    ClusterSide(Peer.Product product, Path root, Path scratch, boolean leftOut) {
        this.product = product;
        this.root = root;
        this.scratch = scratch;
        this.leftOut = leftOut;
    }

    Peer.Product product() {
        return product;
    }

    boolean isLeftOut() {
        return leftOut;
    }

    String name() {
        return product.name().toLowerCase(java.util.Locale.ROOT);
    }

    /** A cluster with empty folders, none of its brokers started; built, fetched, formatted. */
    RunningCluster fresh() {
        RunningCluster cluster =
                new RunningCluster(this, scratch.resolve(name() + "-" + made++), freePorts());
        try {
            for (int node = 1; node <= NODES; node++) {
                Files.createDirectories(cluster.home(node));
                if (product == Peer.Product.KAFKA) {
                    runToEnd(command(cluster, node, true));
                }
            }
            if (product == Peer.Product.SLUICE) {
                runToEnd(List.of(root.resolve("bin/sluice").toString(), "version"));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return cluster;
    }

    private static void runToEnd(List<String> command) throws IOException {
        try {
            int exit =
                    new ProcessBuilder(command)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .redirectError(ProcessBuilder.Redirect.INHERIT)
                            .start()
                            .waitFor();
            if (exit != 0) {
                throw new IllegalStateException(command + " ended with " + exit);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    /** What starts a node; nodes above {@link #BROKERS} have no vote. */
    List<String> command(RunningCluster cluster, int node, boolean prepare) {
        List<String> command = new ArrayList<>();
        String home = cluster.home(node).toString();
        if (product == Peer.Product.KAFKA) {
            command.add(root.resolve("benchmarks/peer-kafka/start-kafka.sh").toString());
            if (prepare) {
                command.add("--prepare");
            }
            command.addAll(List.of("--node", Integer.toString(node)));
            command.addAll(List.of("--voters", cluster.voters()));
            command.addAll(List.of(Integer.toString(cluster.clientPort(node)), home));
            return command;
        }
        command.addAll(List.of(root.resolve("bin/sluice").toString(), "server"));
        List.of(
                        "node.id=" + node,
                        "log.dirs=" + cluster.home(node).resolve("log"),
                        "listeners=PLAINTEXT://127.0.0.1:%d,CONTROLLER://127.0.0.1:%d"
                                .formatted(cluster.clientPort(node), cluster.controllerPort(node)),
                        "controller.listener.names=CONTROLLER",
                        node <= BROKERS
                                ? "controller.quorum.voters=" + cluster.voters()
                                : "controller.quorum.bootstrap.servers=127.0.0.1:"
                                        + cluster.controllerPort(1))
                .forEach(setting -> command.addAll(List.of("--set", setting)));
        return command;
    }

    /** For clients and for controllers, a pair for each node. */
    private static List<Integer> freePorts() {
        List<ServerSocket> sockets = new ArrayList<>();
        List<Integer> ports = new ArrayList<>();
        try {
            for (int i = 0; i < 2 * NODES; i++) {
                ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                sockets.add(socket);
                ports.add(socket.getLocalPort());
            }
            for (ServerSocket socket : sockets) {
                socket.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return ports;
    }
}
