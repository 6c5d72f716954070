package io.sluice.cli.client;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Knocks at the bootstrap addresses before a client is built: the Kafka client would retry a
 * refused connection until its timeout and then say only that it timed out.
 */
final class Reachability {

    private static final int MAX_KNOCK_MS = 5_000;

    private Reachability() {}

    /**
     * Returns when one of the addresses accepts a connection.
     *
     * @throws Failure when none does
     */
    static void check(String bootstrap, Duration timeout) {
        List<String> reasons = new ArrayList<>();
        for (String address : bootstrap.split(",", -1)) {
            String reason = knock(address.strip(), timeout);
            if (reason.isEmpty()) {
                return;
            }
            reasons.add(reason);
        }
        throw new Failure(
                String.join("; ", reasons)
                        + ". Start a broker with 'sluice server', or name another with --bootstrap"
                        + " HOST:PORT.");
    }

    private static String knock(String address, Duration timeout) {
        InetSocketAddress socketAddress = parse(address);
        if (socketAddress.isUnresolved()) {
            return "no host is called '" + socketAddress.getHostString() + "'";
        }
        try (Socket socket = new Socket()) {
            socket.connect(socketAddress, (int) Math.clamp(timeout.toMillis(), 1, MAX_KNOCK_MS));
            return "";
        } catch (SocketTimeoutException e) {
            return "no answer from " + address;
        } catch (UnknownHostException e) {
            return "no host is called '" + socketAddress.getHostString() + "'";
        } catch (IOException e) {
            return "no broker listens at " + address;
        }
    }

    static InetSocketAddress parse(String address) {
        int colon = address.lastIndexOf(':');
        if (colon > 0) {
            String host = address.substring(0, colon);
            if (host.startsWith("[") && host.endsWith("]")) {
                host = host.substring(1, host.length() - 1);
            }
            try {
                int port = Integer.parseInt(address.substring(colon + 1));
                if (port > 0 && port <= 65_535) {
                    return new InetSocketAddress(host, port);
                }
            } catch (NumberFormatException e) {
                // Falls through to the sentence below.
            }
        }
        throw new Failure(
                "'"
                        + address
                        + "' is not an address: write HOST:PORT, for example 127.0.0.1:9092.");
    }
}
