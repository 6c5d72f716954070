package io.sluice.system.harness;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One broker in a process of its own, on the class path of the test. It picks a free port at the
 * first start and keeps it over restarts, as clients expect.
 */
public final class BrokerProcess implements AutoCloseable {

    private static final int NO_LIMIT = 0;
    private static final Duration START_LIMIT = Duration.ofMinutes(3);
    private static final Pattern TOOLS = Pattern.compile("sluice ready: .* http=(\\S+)");
    private static final Pattern READY = Pattern.compile("sluice ready: kafka=(\\S+):(\\d+).*");

    private final Path home;
    private final String mainClass;
    private final int fileLimit;
    private final List<String> within;
    private final List<String> settings;
    private String host = "127.0.0.1";
    private int port;
    private Process process;

    private BrokerProcess(
            Path home,
            String mainClass,
            int fileLimit,
            List<String> within,
            List<String> settings) {
        this.home = home;
        this.fileLimit = fileLimit;
        this.mainClass = mainClass;
        this.within = within;
        this.settings = settings;
        this.process = launch();
    }

    /**
     * Starts a broker and waits until it serves.
     *
     * @param home a folder for its data ({@code data}) and its output ({@code out}, {@code err})
     * @param settings configuration as {@code key=value}
     */
    public static BrokerProcess start(Path home, String... settings) {
        return startWithFileLimit(home, NO_LIMIT, settings);
    }

    /** Starts a broker that may have so many files and sockets open. */
    public static BrokerProcess startWithFileLimit(Path home, int limit, String... settings) {
        return new BrokerProcess(
                home, "io.sluice.broker.Main", limit, List.of(), List.of(settings));
    }

    /**
     * Starts a broker whose disk can fail.
     *
     * @param settings with {@code log.dirs}
     * @see #fail
     */
    public static BrokerProcess startOnFaultyDisk(Path home, String... settings) {
        return startMember(home, List.of(), settings);
    }

    /**
     * Starts one of several brokers, on a disk that can fail; it may take until others are there
     * before it serves.
     *
     * @param within a command that runs another one, appended to it, somewhere else; none for here
     * @param settings with {@code listeners}
     * @see #awaitServing
     */
    public static BrokerProcess startMember(Path home, List<String> within, String... settings) {
        return new BrokerProcess(
                home, FaultyBroker.class.getName(), NO_LIMIT, within, List.of(settings));
    }

    /** Waits until it serves. */
    public void awaitServing() {
        awaitReady(process, home.resolve("out"));
    }

    /** Lets it stand still (SIGSTOP), until {@link #go}. */
    public void pause() {
        signal("STOP");
    }

    /** Lets a broker that stands still go on (SIGCONT). */
    public void go() {
        signal("CONT");
    }

    private void signal(String name) {
        Tool.run(new byte[0], List.of("bash", "-c", "kill -" + name + " " + process.pid()));
    }

    /** From now on the disk fails under a path, until {@link #repair}. */
    public void fail(FaultyDisk.Fault fault, Path below) {
        try {
            Path aside = Files.writeString(home.resolve("faults.new"), fault + " " + below);
            Files.move(aside, faults(), StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public void repair() {
        try {
            Files.deleteIfExists(faults());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Path faults() {
        return home.resolve("faults");
    }

    /** Waits until the process has ended by itself; returns its exit code. */
    public int awaitEnd() {
        return await(process);
    }

    /** Host and port for a client. */
    public String bootstrap() {
        return host + ":" + port;
    }

    /** Host and port for who asks for metrics and probes; with {@code sluice.http.listener}. */
    public String toolsAddress() {
        Matcher tools = TOOLS.matcher(read(home.resolve("out")));
        if (!tools.find()) {
            throw new IllegalStateException("no HTTP listener");
        }
        return tools.group(1);
    }

    public Path data() {
        return data(home);
    }

    static Path data(Path home) {
        return home.resolve("data");
    }

    public long pid() {
        return process.pid();
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    /** What it has written to standard error. */
    public String errors() {
        return read(home.resolve("err"));
    }

    /** Kills it as {@code kill -9} does and waits until it is gone. */
    public void kill() {
        process.destroyForcibly();
        await(process);
    }

    /** Asks it to stop (SIGTERM) and returns its exit code. */
    public int stop() {
        process.destroy();
        return await(process);
    }

    /** Starts it again on the same data and port. */
    public void restart() {
        if (process.isAlive()) {
            throw new IllegalStateException("still running: " + pid());
        }
        process = launch();
    }

    @Override
    public void close() {
        process.destroyForcibly();
        await(process);
    }

    private Process launch() {
        List<String> command = new ArrayList<>(within);
        if (fileLimit != NO_LIMIT) {
            String limited = "ulimit -n " + fileLimit + " && exec \"$@\"";
            command.addAll(List.of("sh", "-c", limited, "sh"));
        }
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("-XX:+UseSerialGC");
        command.add("-XX:TieredStopAtLevel=1"); // most of them do not live long
        command.add("-Xmx256m");
        command.add("--enable-native-access=ALL-UNNAMED");
        command.add("-Dlogback.configurationFile=logback-broker.xml");
        command.add("-cp");
        command.add(System.getProperty("java.class.path"));
        command.add("-D" + FaultyBroker.FAULTS + "=" + faults());
        command.add(mainClass);
        if (!isMember()) {
            command.addAll(List.of("--port", Integer.toString(port)));
        }
        if (settings.stream().noneMatch(setting -> setting.startsWith("log.dirs="))) {
            command.addAll(List.of("--data", data().toString()));
        }
        for (String setting : settings) {
            command.addAll(List.of("--set", setting));
        }
        try {
            Files.createDirectories(home);
            Path out = home.resolve("out");
            Files.deleteIfExists(out);
            Process started =
                    new ProcessBuilder(command)
                            .redirectOutput(out.toFile())
                            .redirectError(
                                    ProcessBuilder.Redirect.appendTo(home.resolve("err").toFile()))
                            .start();
            if (!isMember()) {
                awaitReady(started, out);
            }
            return started;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private boolean isMember() {
        return settings.stream().anyMatch(setting -> setting.startsWith("listeners="));
    }

    private void awaitReady(Process started, Path out) {
        Await.until(
                "the broker serves",
                START_LIMIT,
                () -> {
                    Matcher ready = READY.matcher(read(out));
                    if (ready.find()) {
                        host = ready.group(1);
                        port = Integer.parseInt(ready.group(2));
                        return true;
                    }
                    if (!started.isAlive()) {
                        throw new AssertionError(
                                "the broker ended with "
                                        + started.exitValue()
                                        + ":\n"
                                        + read(home.resolve("err")));
                    }
                    return false;
                });
    }

    private static int await(Process process) {
        try {
            if (!process.waitFor(60, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new AssertionError("process " + process.pid() + " did not end in 60 s");
            }
            return process.exitValue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private static String read(Path file) {
        try {
            return Files.exists(file) ? Files.readString(file) : "";
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
