package io.sluice.system.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sluice.system.harness.Tool;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The tests' network, before anything is tested with it. */
final class NetworkTest {

    private Network network;
    private ServerSocket echo;
    private Thread server;

    @BeforeEach
    void make() throws IOException {
        Optional<String> missing = Network.missing();
        assumeTrue(missing.isEmpty(), missing.orElse(""));
        network = Network.create(2, 1);
        echo = new ServerSocket();
        echo.bind(new InetSocketAddress(network.address(network.test()), 0));
        server = Thread.ofPlatform().daemon().start(this::serve);
    }

    /** Says each line again, of one connection after the other. */
    private void serve() {
        while (!echo.isClosed()) {
            try (Socket socket = echo.accept();
                    BufferedReader in =
                            new BufferedReader(
                                    new InputStreamReader(
                                            socket.getInputStream(), StandardCharsets.UTF_8))) {
                String line = in.readLine();
                if (line != null) {
                    socket.getOutputStream().write((line + "\n").getBytes(StandardCharsets.UTF_8));
                }
            } catch (IOException e) {
                // The test is over, or cut this connection.
            }
        }
    }

    @AfterEach
    void close() throws Exception {
        if (network != null) {
            echo.close();
            server.join();
            network.close();
        }
    }

    /** What a host hears that says something; nothing if it does not get through in 2 s. */
    private String says(int host, String word) {
        List<String> command = new ArrayList<>(network.inside(host));
        String talk =
                "exec 3<>/dev/tcp/%s/%d && echo %s >&3 && read -u 3 heard && echo $heard"
                        .formatted(network.address(network.test()), echo.getLocalPort(), word);
        command.addAll(List.of("timeout", "2", "bash", "-c", talk));
        return Tool.run(new byte[0], command).text().strip();
    }

    @Test
    void hostsReachEachOther() {
        assertThat(says(1, "one")).isEqualTo("one");
        assertThat(says(2, "two")).isEqualTo("two");
        assertThat(network.carried()).isGreaterThan(10);
    }

    @Test
    void oneDirectionIsCut() {
        network.set(network.test(), 1, Link.CUT);
        assertThat(says(1, "one")).isEmpty();
        assertThat(network.lost()).isPositive();
        assertThat(says(2, "two")).isEqualTo("two");
        network.heal();
        assertThat(says(1, "one")).isEqualTo("one");
    }

    @Test
    void slowIsNotCut() {
        network.setBoth(1, network.test(), Link.slow(20, 20));
        assertThat(says(1, "one")).isEqualTo("one");
    }

    @Test
    void oneTestDoesNotDisturbAnother() throws IOException {
        try (Network other = Network.create(1, 2)) {
            assertThat(other.address(1)).isNotEqualTo(network.address(1));
            assertThat(says(1, "one")).isEqualTo("one");
        }
        assertThat(says(1, "one")).isEqualTo("one");
    }

    @Test
    void whatAKilledOneLeftIsTakenAway() {
        String stale = network.inside(1).getLast().replaceAll("-.*", "-9");
        network.close();
        Tool.run(new byte[0], List.of("ip", "netns", "add", stale));
        assertThat(namespaces()).contains(stale);
        try {
            network = Network.create(2, 1);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        assertThat(namespaces()).doesNotContain(stale).contains(network.inside(1).getLast());
    }

    private static String namespaces() {
        return Tool.run(new byte[0], List.of("ip", "netns", "list")).text();
    }
}
