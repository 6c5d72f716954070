package io.sluice.system.clients;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.system.harness.Await;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A {@link OutboxProgram} that is running. */
final class OutboxProcess implements AutoCloseable {

    private static final Duration LIMIT = Duration.ofSeconds(60);

    private final Process process;
    private final Path out;

    private OutboxProcess(Process process, Path out) {
        this.process = process;
        this.out = out;
    }

    /**
     * @param arguments of the program
     */
    static OutboxProcess start(Path home, String classPath, String... arguments) {
        try {
            Path out = Files.createTempFile(home, "relay", ".out");
            List<String> command = new ArrayList<>();
            command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
            command.addAll(List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xmx128m"));
            command.addAll(List.of("-Dslf4j.internal.verbosity=ERROR", "-cp", classPath));
            command.add(OutboxProgram.class.getName());
            command.addAll(List.of(arguments));
            Process process =
                    new ProcessBuilder(command)
                            .redirectOutput(out.toFile())
                            .redirectError(ProcessBuilder.Redirect.DISCARD)
                            .start();
            return new OutboxProcess(process, out);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    String said() {
        try {
            return Files.readString(out);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Sends it a signal. */
    void signal(String name) throws Exception {
        String pid = Long.toString(process.pid());
        assertThat(new ProcessBuilder("kill", "-" + name, pid).start().waitFor()).isZero();
    }

    boolean isActive() {
        String said = said();
        return said.lastIndexOf("active\n") > said.lastIndexOf("standby\n");
    }

    void awaitActive() {
        Await.until(
                "the relay is active",
                LIMIT,
                () -> {
                    assertThat(process.isAlive()).as(said()).isTrue();
                    return isActive();
                });
    }

    /** As {@code kill -9} does it. */
    void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    /** Stops it in order. */
    void stop() throws Exception {
        process.getOutputStream().close();
        assertThat(process.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)).as(said()).isTrue();
        assertThat(process.exitValue()).isZero();
        assertThat(said()).endsWith("closed\n");
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
