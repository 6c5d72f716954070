package io.sluice.system.harness;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Runs a program to its end: a stock tool, a client of another maker. */
public final class Tool {

    private static final long LIMIT_SECONDS = 240;

    private Tool() {}

    /** What a program left behind. */
    public record Result(int exitCode, byte[] output, String errors) {
        public String text() {
            return new String(output, StandardCharsets.UTF_8);
        }
    }

    /** The program's path, if it is installed. */
    public static Optional<Path> find(String name) {
        return Stream.of(System.getenv("PATH").split(":"))
                .map(folder -> Path.of(folder, name))
                .filter(Files::isExecutable)
                .findFirst();
    }

    /** Runs a main class of Apache Kafka's tools, on their own class path. */
    public static Result kafka(byte[] input, String mainClass, String... arguments) {
        return run(input, kafkaCommand(mainClass, arguments));
    }

    /** The command line that runs a main class of Apache Kafka's tools. */
    public static List<String> kafkaCommand(String mainClass, String... arguments) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xmx256m"));
        command.addAll(List.of("-cp", System.getProperty("sluice.kafka-tools") + "/*"));
        command.add(mainClass);
        command.addAll(List.of(arguments));
        return command;
    }

    /** Runs a command with that standard input. */
    public static Result run(byte[] input, List<String> command) {
        return run(input, new ProcessBuilder(command));
    }

    /** Runs a command with an environment and a folder of its own. */
    public static Result run(byte[] input, ProcessBuilder command) {
        try {
            Path out = Files.createTempFile("sluice-tool", ".out");
            Path err = Files.createTempFile("sluice-tool", ".err");
            try {
                Process process =
                        command.redirectOutput(out.toFile()).redirectError(err.toFile()).start();
                try (OutputStream stdin = process.getOutputStream()) {
                    stdin.write(input);
                } catch (IOException e) {
                    // It ended without reading all; its exit code tells.
                }
                if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
                    process.destroyForcibly();
                    throw new AssertionError(
                            "did not end in "
                                    + LIMIT_SECONDS
                                    + " s: "
                                    + command.command()
                                    + "\n"
                                    + Files.readString(err));
                }
                return new Result(
                        process.exitValue(), Files.readAllBytes(out), Files.readString(err));
            } finally {
                Files.deleteIfExists(out);
                Files.deleteIfExists(err);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
