package io.sluice.system.network;

import io.sluice.system.harness.ClusterProcesses;
import io.sluice.system.harness.Tool;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Hosts on one network that can be cut, lossy and slow. Hosts are numbered from 1 and are network
 * namespaces for processes ({@link #inside}); the last one, {@link #test}, is this process with its
 * clients.
 *
 * <p>Needs root and iproute2. The devices go with this process; namespaces that a killed one left
 * behind are taken away by the next network of the same number, with what still runs in them.
 */
public final class Network implements ClusterProcesses.Place, AutoCloseable {

    static final int MTU = 16_384;

    /** Networks on this machine at once. */
    private static final int MAX_NETWORKS = 16;

    /** The range for tests of networks (RFC 2544); nobody is reached by it. */
    private static final String ADDRESSES = "198.18.";

    private final int number;
    private final int hosts;
    private final PacketSwitch packets;

    private Network(int number, int hosts, PacketSwitch packets) {
        this.number = number;
        this.hosts = hosts;
        this.packets = packets;
    }

    /** Why no network can be made here, if so. */
    public static Optional<String> missing() {
        if (Tool.find("ip").isEmpty()) {
            return Optional.of("no network namespaces: iproute2 is not installed");
        }
        try (Network network = create(1, 0)) {
            return Optional.empty();
        } catch (IOException | UncheckedIOException e) {
            return Optional.of("no network namespaces: " + e.getMessage());
        }
    }

    /**
     * Makes a network.
     *
     * @param hosts for processes
     * @param seed of what is lost and how long it takes
     * @throws IOException when that is not allowed here
     */
    public static Network create(int hosts, long seed) throws IOException {
        IOException last = new IOException("every network is taken");
        for (int number = 0; number < MAX_NETWORKS; number++) {
            Tun own;
            try {
                own = Tun.open(device(number)); // whoever has the device has the number
            } catch (IOException e) {
                last = e;
                continue;
            }
            return create(number, own, hosts, seed);
        }
        throw last;
    }

    private static Network create(int number, Tun own, int hosts, long seed) throws IOException {
        List<Tun> devices = new ArrayList<>();
        int test = hosts + 1;
        try {
            removeStale(number);
            for (int host = 1; host <= hosts; host++) {
                devices.add(Tun.open(device(number) + "-" + host));
            }
            devices.add(own);
            for (int host = 1; host <= hosts; host++) {
                String name = device(number) + "-" + host;
                ip("netns", "add", name);
                ip("link", "set", name, "netns", name);
                ip("-n", name, "link", "set", "lo", "up");
                ip("-n", name, "addr", "add", address(number, host) + "/24", "dev", name);
                ip("-n", name, "link", "set", name, "mtu", Integer.toString(MTU), "up");
            }
            String device = device(number);
            ip("addr", "add", address(number, test) + "/24", "dev", device);
            ip("link", "set", device, "mtu", Integer.toString(MTU), "up");
        } catch (IOException e) {
            devices.remove(own);
            devices.forEach(Tun::close);
            own.close();
            throw e;
        }
        return new Network(number, hosts, new PacketSwitch(devices.toArray(Tun[]::new), seed));
    }

    private static String device(int number) {
        return "sluice" + number;
    }

    private static void removeStale(int number) throws IOException {
        for (String line : ip("netns", "list").lines().toList()) {
            String name = line.split(" ", 2)[0];
            if (name.startsWith(device(number) + "-")) {
                remove(name);
            }
        }
    }

    private static void remove(String namespace) throws IOException {
        for (String pid : ip("netns", "pids", namespace).lines().toList()) {
            ProcessHandle.of(Long.parseLong(pid.strip())).ifPresent(ProcessHandle::destroyForcibly);
        }
        ip("netns", "del", namespace);
    }

    private static String ip(String... arguments) throws IOException {
        List<String> command = new ArrayList<>();
        command.add("ip");
        command.addAll(List.of(arguments));
        Tool.Result result = Tool.run(new byte[0], command);
        if (result.exitCode() != 0) {
            throw new IOException(
                    "%s: %s".formatted(String.join(" ", command), result.errors().strip()));
        }
        return result.text();
    }

    private static String address(int number, int host) {
        return ADDRESSES + number + "." + host;
    }

    /** The host of this process. */
    public int test() {
        return hosts + 1;
    }

    @Override
    public String address(int host) {
        return address(number, host);
    }

    @Override
    public List<String> inside(int host) {
        return List.of("ip", "netns", "exec", device(number) + "-" + host);
    }

    /** Changes one direction between two hosts. */
    public void set(int from, int to, Link link) {
        packets.set(from, to, link);
    }

    /** Changes both directions between two hosts. */
    public void setBoth(int one, int other, Link link) {
        set(one, other, link);
        set(other, one, link);
    }

    /** All is well again. */
    public void heal() {
        for (int from = 1; from <= test(); from++) {
            for (int to = 1; to <= test(); to++) {
                set(from, to, Link.WHOLE);
            }
        }
    }

    /** Packets that were lost so far. */
    public long lost() {
        return packets.lost();
    }

    /** Packets that arrived so far. */
    public long carried() {
        return packets.carried();
    }

    @Override
    public void close() {
        packets.close();
        try {
            for (int host = 1; host <= hosts; host++) {
                remove(device(number) + "-" + host);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
