package io.sluice.broker.dev;

import java.io.IOException;
import java.io.Reader;
import java.io.Writer;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;

/**
 * The ports of a cluster on one machine, kept beside its data: brokers find each other again only
 * where they were.
 *
 * @param clients one for each broker
 * @param controllers likewise
 * @param tools likewise, for metrics and probes
 */
record DevPorts(List<Integer> clients, List<Integer> controllers, List<Integer> tools) {

    /** Between a broker's port for clients and the one it keeps the metadata by. */
    static final int CONTROLLER_OFFSET = 1_000;

    /** Between a broker's port for clients and the one for metrics and probes. */
    static final int TOOLS_OFFSET = 2_000;

    private static final String FILE = "dev.properties";

    /**
     * Those of an earlier start in the directory, or new ones.
     *
     * @param first the first broker's, 0 for free ones
     */
    static DevPorts in(Path data, int brokers, int first) throws IOException {
        Path file = data.resolve(FILE);
        List<Integer> clients = new ArrayList<>();
        List<Integer> controllers = new ArrayList<>();
        List<Integer> tools = new ArrayList<>();
        Properties kept = new Properties();
        if (Files.exists(file)) {
            try (Reader in = Files.newBufferedReader(file)) {
                kept.load(in);
            }
        }
        List<ServerSocket> taken = new ArrayList<>();
        try {
            for (int broker = 1; broker <= brokers; broker++) {
                int wanted = first == 0 ? 0 : first + broker - 1;
                clients.add(port(kept, "client." + broker, wanted, taken));
                int controller = first == 0 ? 0 : wanted + CONTROLLER_OFFSET;
                controllers.add(port(kept, "controller." + broker, controller, taken));
                int tool = first == 0 ? 0 : wanted + TOOLS_OFFSET;
                tools.add(port(kept, "http." + broker, tool, taken));
            }
        } finally {
            for (ServerSocket socket : taken) {
                socket.close();
            }
        }
        Files.createDirectories(data);
        try (Writer out = Files.newBufferedWriter(file)) {
            kept.store(out, "the ports of sluice dev: a cluster is found again where it was");
        }
        return new DevPorts(List.copyOf(clients), List.copyOf(controllers), List.copyOf(tools));
    }

    private static int port(Properties kept, String name, int wanted, List<ServerSocket> taken)
            throws IOException {
        String before = kept.getProperty(name);
        if (before != null) {
            return Integer.parseInt(before);
        }
        int port = wanted;
        if (port == 0) {
            ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
            taken.add(socket);
            port = socket.getLocalPort();
        }
        kept.setProperty(name, Integer.toString(port));
        return port;
    }

    int brokers() {
        return clients.size();
    }

    /** How brokers keep the metadata log: as many of the first ones as make a quorum. */
    String voters() {
        int count = brokers() >= 5 ? 5 : brokers() >= 3 ? 3 : 1;
        List<String> voters = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            voters.add("%d@127.0.0.1:%d".formatted(i + 1, controllers.get(i)));
        }
        return String.join(",", voters);
    }
}
