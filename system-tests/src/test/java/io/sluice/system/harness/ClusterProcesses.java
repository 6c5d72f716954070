package io.sluice.system.harness;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Several brokers that are one cluster, each in a process of its own. Brokers are numbered from 1,
 * and keep their ports over restarts.
 */
public final class ClusterProcesses implements AutoCloseable {

    private final Path home;
    private final List<Integer> clientPorts;
    private final List<Integer> controllerPorts;
    private final List<String> settings;
    private final List<BrokerProcess> brokers = new ArrayList<>();

    private ClusterProcesses(Path home, int count, List<String> settings) {
        this.home = home;
        List<Integer> ports = freePorts(2 * count);
        this.clientPorts = ports.subList(0, count);
        this.controllerPorts = ports.subList(count, 2 * count);
        this.settings = settings;
    }

    /**
     * Starts a cluster and waits until every broker serves.
     *
     * @param count 3 or 5: all of them keep the metadata
     * @param settings of every broker, as {@code key=value}
     */
    public static ClusterProcesses start(Path home, int count, String... settings) {
        ClusterProcesses cluster = new ClusterProcesses(home, count, List.of(settings));
        for (int id = 1; id <= count; id++) {
            cluster.brokers.add(
                    BrokerProcess.startMember(cluster.home(id), cluster.settingsOf(id)));
        }
        cluster.brokers.forEach(BrokerProcess::awaitServing);
        return cluster;
    }

    private Path home(int id) {
        return home.resolve("broker-" + id);
    }

    private String[] settingsOf(int id) {
        List<String> all = new ArrayList<>(settings);
        all.add("node.id=" + id);
        all.add(
                "listeners=PLAINTEXT://127.0.0.1:%d,CONTROLLER://127.0.0.1:%d"
                        .formatted(clientPorts.get(id - 1), controllerPorts.get(id - 1)));
        all.add("controller.listener.names=CONTROLLER");
        List<String> voters = new ArrayList<>();
        for (int voter = 1; voter <= controllerPorts.size(); voter++) {
            voters.add("%d@127.0.0.1:%d".formatted(voter, controllerPorts.get(voter - 1)));
        }
        all.add("controller.quorum.voters=" + String.join(",", voters));
        return all.toArray(String[]::new);
    }

    private static List<Integer> freePorts(int count) {
        List<ServerSocket> sockets = new ArrayList<>();
        try {
            List<Integer> ports = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                sockets.add(socket);
                ports.add(socket.getLocalPort());
            }
            for (ServerSocket socket : sockets) {
                socket.close();
            }
            return ports;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public int size() {
        return clientPorts.size();
    }

    public BrokerProcess broker(int id) {
        return brokers.get(id - 1);
    }

    /** All brokers, for a client. */
    public String bootstrap() {
        return String.join(",", clientPorts.stream().map(port -> "127.0.0.1:" + port).toList());
    }

    @Override
    public void close() {
        brokers.forEach(BrokerProcess::close);
    }
}
