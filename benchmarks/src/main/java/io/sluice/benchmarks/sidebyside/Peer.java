package io.sluice.benchmarks.sidebyside;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** One of the two sides: how its broker is started, and the one that is running warm. */
final class Peer implements AutoCloseable {

    /** Which product. */
    enum Product {
        SLUICE,
        KAFKA
    }

    private static final Duration START_LIMIT = Duration.ofSeconds(240);
    private static final long POLL_NANOS = 2_000_000L;
    private static final Pattern KAFKA_READY = Pattern.compile("kafka ready: (\\S+) pid=(\\d+)");
    private static final Pattern SLUICE_READY = Pattern.compile("sluice ready: kafka=(\\S+).*");

    private final Product product;
    private final String name;
    private final Path root;
    private final Path scratch;
    private final List<RunningBroker> warm = new ArrayList<>();
    private int starts;

    /**
     * A side.
     *
     * @param name in file names, so that two sides of one product do not meet
     * @param root of the source tree
     * @param scratch where data folders are made
     */
    Peer(Product product, String name, Path root, Path scratch) {
        this.product = product;
        this.name = name;
        this.root = root;
        this.scratch = scratch;
    }

    Product product() {
        return product;
    }

    String name() {
        return name;
    }

    /** The broker that runs through all works; started when first asked for. */
    RunningBroker warm() {
        if (warm.isEmpty()) {
            Path data = freshData();
            prepare(data);
            warm.add(start(data, freePort()));
        }
        return warm.getFirst();
    }

    /** Whether the warm broker runs. */
    boolean isWarm() {
        return !warm.isEmpty();
    }

    Path freshData() {
        return scratch.resolve(name + "-" + starts++);
    }

    /** What may be done before a start and is no part of it: building, fetching, formatting. */
    void prepare(Path data) {
        try {
            Files.createDirectories(data);
            List<String> command =
                    switch (product) {
                        case SLUICE -> List.of(root.resolve("bin/sluice").toString(), "version");
                        case KAFKA ->
                                List.of(
                                        kafkaScript(),
                                        "--prepare",
                                        Integer.toString(freePort()),
                                        data.toString());
                    };
            int exit =
                    new ProcessBuilder(command)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .redirectError(ProcessBuilder.Redirect.INHERIT)
                            .start()
                            .waitFor();
            if (exit != 0) {
                throw new IllegalStateException(command + " ended with " + exit);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    /** Starts a broker and waits until it says that it is ready. */
    RunningBroker start(Path data, int port) {
        Process process = launch(data, port);
        return new RunningBroker(process, awaitPid(process, data), "127.0.0.1:" + port, data);
    }

    /** Starts a broker and returns at once. */
    Process launch(Path data, int port) {
        return launch(
                switch (product) {
                    case SLUICE ->
                            List.of(
                                    root.resolve("bin/sluice").toString(),
                                    "server",
                                    "--data",
                                    data.resolve("data").toString(),
                                    "--port",
                                    Integer.toString(port));
                    case KAFKA -> List.of(kafkaScript(), Integer.toString(port), data.toString());
                },
                data);
    }

    /**
     * Starts a process that ends with this one.
     *
     * @param home where its output goes
     */
    static Process launch(List<String> command, Path home) {
        try {
            Files.createDirectories(home);
            Process process =
                    new ProcessBuilder(command)
                            .redirectOutput(home.resolve("out").toFile())
                            .redirectError(home.resolve("err").toFile())
                            .start();
            Runtime.getRuntime().addShutdownHook(new Thread(process::destroy));
            return process;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Waits for the ready line and returns the broker's own process. */
    long awaitPid(Process process, Path data) {
        return awaitPid(product, process, data);
    }

    /**
     * Likewise.
     *
     * @param home where the output goes
     */
    static long awaitPid(Product product, Process process, Path home) {
        Pattern ready = product == Product.KAFKA ? KAFKA_READY : SLUICE_READY;
        Matcher matcher = await(ready, product.toString(), process, home, START_LIMIT);
        return product == Product.KAFKA ? Long.parseLong(matcher.group(2)) : process.pid();
    }

    /** Waits until a process has said that it is ready. */
    static Matcher await(Pattern ready, String who, Process process, Path home, Duration limit) {
        long deadline = System.nanoTime() + limit.toNanos();
        while (System.nanoTime() < deadline && process.isAlive()) {
            try {
                Matcher matcher = ready.matcher(Files.readString(home.resolve("out")));
                if (matcher.find()) {
                    return matcher;
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            LockSupport.parkNanos(POLL_NANOS);
        }
        throw new IllegalStateException(who + " did not become ready; see " + home);
    }

    /** Waits until something accepts connections. */
    static void awaitListening(int port) {
        long deadline = System.nanoTime() + START_LIMIT.toNanos();
        while (System.nanoTime() < deadline) {
            try (Socket socket = new Socket()) {
                socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1000);
                return;
            } catch (IOException e) {
                LockSupport.parkNanos(POLL_NANOS);
            }
        }
        throw new IllegalStateException("nobody listens at port " + port);
    }

    static int freePort() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String kafkaScript() {
        return root.resolve("benchmarks/peer-kafka/start-kafka.sh").toString();
    }

    @Override
    public void close() throws IOException {
        for (RunningBroker broker : warm) {
            broker.close();
        }
        warm.clear();
    }
}
