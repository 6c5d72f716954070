package io.sluice.system.harness;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Several brokers that are one cluster, each in a process of its own. Brokers are numbered from 1,
 * and keep their ports over restarts.
 */
public final class ClusterProcesses implements AutoCloseable {

    /** Where brokers run. */
    public interface Place {
        /** This machine's loopback. */
        Place HERE =
                new Place() {
                    @Override
                    public String address(int id) {
                        return "127.0.0.1";
                    }

                    @Override
                    public List<String> inside(int id) {
                        return List.of();
                    }
                };

        /** The address of a broker, there. */
        String address(int id);

        /** A command that runs another one, appended to it, there. */
        List<String> inside(int id);
    }

    /** A setting that gives every broker a port for metrics and probes, kept over restarts. */
    public static final String HTTP = "sluice.http.listener=HTTP://127.0.0.1:0";

    /** In a setting: the broker's number. */
    public static final String ID = "{id}";

    private static final int FIRST_PORT = 15_000;
    private static final int LAST_PORT = 30_000;
    private static final int MOST_TRIES = 100;

    private final Path home;
    private final Place place;
    private final List<Integer> clientPorts;
    private final List<Integer> controllerPorts;
    private final List<Integer> toolsPorts;
    private final List<String> settings;
    private final int voters;
    private final List<BrokerProcess> brokers = new ArrayList<>();

    private ClusterProcesses(Place place, Path home, int count, List<String> settings) {
        this.home = home;
        this.place = place;
        List<Integer> ports = freePorts(3 * count);
        this.voters = count;
        this.clientPorts = new ArrayList<>(ports.subList(0, count));
        this.controllerPorts = new ArrayList<>(ports.subList(count, 2 * count));
        this.toolsPorts = new ArrayList<>(ports.subList(2 * count, 3 * count));
        this.settings = settings;
    }

    /**
     * Starts a cluster and waits until every broker serves.
     *
     * @param count 3 or 5: all of them keep the metadata
     * @param settings of every broker, as {@code key=value}
     */
    public static ClusterProcesses start(Path home, int count, String... settings) {
        return startAt(Place.HERE, home, count, settings);
    }

    /** Starts a cluster somewhere else. */
    public static ClusterProcesses startAt(Place place, Path home, int count, String... settings) {
        ClusterProcesses cluster = new ClusterProcesses(place, home, count, List.of(settings));
        try {
            for (int id = 1; id <= count; id++) {
                cluster.brokers.add(
                        BrokerProcess.startMember(
                                cluster.home(id), place.inside(id), cluster.settingsOf(id)));
            }
            cluster.brokers.forEach(BrokerProcess::awaitServing);
            return cluster;
        } catch (AssertionError | RuntimeException e) {
            cluster.close();
            throw e;
        }
    }

    private Path home(int id) {
        return home(home, id);
    }

    private static Path home(Path home, int id) {
        return home.resolve("broker-" + id);
    }

    /** The data of a broker of a cluster to come. */
    public static Path data(Path home, int id) {
        return BrokerProcess.data(home(home, id));
    }

    private String[] settingsOf(int id) {
        List<String> all = new ArrayList<>();
        settings.forEach(one -> all.add(one.replace(ID, Integer.toString(id))));
        all.add("node.id=" + id);
        all.add(
                "listeners=PLAINTEXT://%1$s:%2$d,CONTROLLER://%1$s:%3$d"
                        .formatted(
                                place.address(id),
                                clientPorts.get(id - 1),
                                controllerPorts.get(id - 1)));
        if (all.remove(HTTP)) {
            all.add("sluice.http.listener=HTTP://" + tools(id));
        }
        all.add("controller.listener.names=CONTROLLER");
        if (id > voters) {
            all.add("controller.quorum.bootstrap.servers=" + controller(1));
            return all.toArray(String[]::new);
        }
        List<String> quorum = new ArrayList<>();
        for (int voter = 1; voter <= voters; voter++) {
            quorum.add("%d@%s".formatted(voter, controller(voter)));
        }
        all.add("controller.quorum.voters=" + String.join(",", quorum));
        return all.toArray(String[]::new);
    }

    /** One more broker, that knows the first one and has no vote; waits until it serves. */
    public BrokerProcess join() {
        List<Integer> ports = freePorts(3);
        clientPorts.add(ports.get(0));
        controllerPorts.add(ports.get(1));
        toolsPorts.add(ports.get(2));
        int id = clientPorts.size();
        BrokerProcess broker =
                BrokerProcess.startMember(home(id), place.inside(id), settingsOf(id));
        brokers.add(broker);
        broker.awaitServing();
        return broker;
    }

    /**
     * So many ports of this machine that nobody uses: below those that connections get that go out,
     * or one would have taken it when the broker comes.
     */
    public static List<Integer> freePorts(int count) {
        List<ServerSocket> sockets = new ArrayList<>();
        try {
            List<Integer> ports = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                ServerSocket socket = freeSocket();
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

    private static ServerSocket freeSocket() throws IOException {
        for (int tries = 1; ; tries++) {
            int port = ThreadLocalRandom.current().nextInt(FIRST_PORT, LAST_PORT);
            try {
                return new ServerSocket(port, 1, InetAddress.getLoopbackAddress());
            } catch (BindException taken) {
                if (tries == MOST_TRIES) {
                    throw taken;
                }
            }
        }
    }

    /** Where a broker tells of itself, with {@link #HTTP}. */
    public String tools(int id) {
        return place.address(id) + ":" + toolsPorts.get(id - 1);
    }

    public int size() {
        return clientPorts.size();
    }

    public BrokerProcess broker(int id) {
        return brokers.get(id - 1);
    }

    /** Where another broker joins. */
    public String controller(int id) {
        return place.address(id) + ":" + controllerPorts.get(id - 1);
    }

    /** All brokers, for a client. */
    public String bootstrap() {
        return IntStream.rangeClosed(1, size())
                .mapToObj(id -> place.address(id) + ":" + clientPorts.get(id - 1))
                .collect(Collectors.joining(","));
    }

    @Override
    public void close() {
        brokers.forEach(BrokerProcess::close);
    }
}
