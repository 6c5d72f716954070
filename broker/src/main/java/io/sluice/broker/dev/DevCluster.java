package io.sluice.broker.dev;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * The processes of a cluster on one machine. Each runs the program that {@code sluice server} runs,
 * and ends with this one: its standard input is a pipe that nobody writes to.
 */
final class DevCluster {

    private static final String READY = "sluice ready: kafka=";
    private static final long STOP_SECONDS = 20;

    private final Path data;
    private final DevPorts ports;
    private final List<String> settings;
    private final List<Process> processes = new ArrayList<>();
    private final CountDownLatch allReady;
    private volatile boolean stopping;
    private volatile boolean failed;

    DevCluster(Path data, DevPorts ports, List<String> settings) {
        this.data = data;
        this.ports = ports;
        this.settings = settings;
        this.allReady = new CountDownLatch(ports.brokers());
    }

    /** Starts all, and waits until they have ended; false if one did not start. */
    boolean run(PrintStream out) throws IOException, InterruptedException {
        List<Thread> watchers = new ArrayList<>();
        for (int broker = 1; broker <= ports.brokers(); broker++) {
            watchers.add(start(broker, out));
        }
        allReady.await();
        if (!failed && !stopping) {
            out.println("sluice dev ready: " + addresses());
            out.flush();
        }
        for (Thread watcher : watchers) {
            watcher.join();
        }
        return !failed;
    }

    private String addresses() {
        return String.join(",", ports.clients().stream().map(port -> "127.0.0.1:" + port).toList());
    }

    private Thread start(int broker, PrintStream out) throws IOException {
        Path home = data.resolve("broker-" + broker);
        Files.createDirectories(home);
        Path log = home.resolve("broker.log");
        Process process =
                new ProcessBuilder(command(broker, home))
                        .redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()))
                        .start();
        synchronized (processes) {
            processes.add(process);
        }
        out.printf(
                "broker %d: process %d, 127.0.0.1:%d, metrics at 127.0.0.1:%d, log in %s%n",
                broker,
                process.pid(),
                ports.clients().get(broker - 1),
                ports.tools().get(broker - 1),
                log);
        out.flush();
        return Thread.ofPlatform()
                .name("sluice-dev-" + broker)
                .start(() -> watch(broker, process, log, out));
    }

    private List<String> command(int broker, Path home) {
        List<String> command = new ArrayList<>();
        command.add(ProcessHandle.current().info().command().orElse("java"));
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        command.add("-cp");
        command.add(System.getProperty("java.class.path"));
        command.add("io.sluice.broker.Main");
        command.add("--end-with-input");
        set(command, "node.id=" + broker);
        set(command, "log.dirs=" + home.resolve("log"));
        set(
                command,
                "listeners=PLAINTEXT://127.0.0.1:%d,CONTROLLER://127.0.0.1:%d"
                        .formatted(
                                ports.clients().get(broker - 1),
                                ports.controllers().get(broker - 1)));
        set(command, "sluice.http.listener=HTTP://127.0.0.1:" + ports.tools().get(broker - 1));
        set(command, "controller.listener.names=CONTROLLER");
        set(command, "controller.quorum.voters=" + ports.voters());
        settings.forEach(one -> set(command, one));
        return command;
    }

    private static void set(List<String> command, String setting) {
        command.add("--set");
        command.add(setting);
    }

    private void watch(int broker, Process process, Path log, PrintStream out) {
        boolean ready = false;
        try (BufferedReader lines = process.inputReader()) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.startsWith(READY) && !ready) {
                    ready = true;
                    allReady.countDown();
                }
            }
            int exitCode = process.waitFor();
            if (!stopping) {
                out.printf("broker %d has ended (exit code %d), see %s%n", broker, exitCode, log);
                out.flush();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (!ready) {
            if (!stopping) {
                failed = true;
                stop();
            }
            allReady.countDown();
        }
    }

    /** Asks all to stop, and ends those that do not in time. */
    void stop() {
        stopping = true;
        List<Process> all;
        synchronized (processes) {
            all = List.copyOf(processes);
        }
        all.forEach(Process::destroy);
        try {
            for (Process process : all) {
                if (!process.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
                    process.destroyForcibly();
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
