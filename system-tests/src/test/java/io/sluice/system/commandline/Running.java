package io.sluice.system.commandline;

import io.sluice.system.harness.Await;
import io.sluice.system.harness.Tool;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A process that runs while a test looks at it and sends it signals. */
final class Running implements AutoCloseable {

    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final String READY = "sluice ready: kafka=";

    private final Process process;
    private final Path out;
    private final Path err;

    private Running(Process process, Path out, Path err) {
        this.process = process;
        this.out = out;
        this.err = err;
    }

    /** A broker of that home on a free port. */
    static Running start(Home home, String... arguments) throws IOException {
        List<String> all = new ArrayList<>(List.of(arguments));
        all.addAll(List.of("--port", "0"));
        Running running = start(home.command(home.sluice(), all.toArray(String[]::new)));
        Await.until(
                "it serves",
                LIMIT,
                () -> {
                    if (!running.process.isAlive()) {
                        throw new AssertionError("it ended: " + running.errors());
                    }
                    return running.output().contains("\n");
                });
        return running;
    }

    static Running start(ProcessBuilder builder) throws IOException {
        Path out = Files.createTempFile("sluice-running", ".out");
        Path err = Files.createTempFile("sluice-running", ".err");
        return new Running(
                builder.redirectOutput(out.toFile()).redirectError(err.toFile()).start(), out, err);
    }

    Process process() {
        return process;
    }

    /** The first line of its output. */
    String ready() {
        return output().lines().findFirst().orElse("");
    }

    String port() {
        String line = ready();
        if (!line.startsWith(READY)) {
            throw new AssertionError(line);
        }
        String address = line.substring(READY.length()).split(" ", 2)[0];
        return address.substring(address.lastIndexOf(':') + 1);
    }

    String output() {
        return read(out);
    }

    String errors() {
        return read(err);
    }

    void awaitOutput(String what, java.util.function.Predicate<String> condition) {
        Await.until(
                what + " in: " + errors(),
                LIMIT,
                () -> {
                    String text = output();
                    if (!condition.test(text) && !process.isAlive()) {
                        throw new AssertionError("it ended: " + text + errors());
                    }
                    return condition.test(text);
                });
    }

    /** Sends a signal and returns the exit code. */
    int signal(String name) {
        Tool.Result sent =
                Tool.run(new byte[0], List.of("bash", "-c", "kill -" + name + " " + process.pid()));
        if (sent.exitCode() != 0) {
            throw new AssertionError(sent.errors());
        }
        return exitCode();
    }

    int exitCode() {
        try {
            if (!process.waitFor(LIMIT.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new AssertionError("still running: " + output() + errors());
            }
            return process.exitValue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
        exitCode();
        try {
            Files.deleteIfExists(out);
            Files.deleteIfExists(err);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String read(Path file) {
        try {
            return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
