package io.sluice.system.harness;

import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/**
 * Runs main classes of Apache Kafka's tools one after the other in one process on their own class
 * path: dozens of them in the time that a few take which start a process each.
 */
public final class ToolShell implements AutoCloseable {

    private final Process process;
    private final DataOutputStream commands;
    private final DataInputStream results;

    /** Starts the process. */
    public ToolShell() {
        String here =
                Path.of(
                                ToolShell.class
                                        .getProtectionDomain()
                                        .getCodeSource()
                                        .getLocation()
                                        .getPath())
                        .toString();
        List<String> command =
                List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-Xmx256m",
                        "-cp",
                        System.getProperty("sluice.kafka-tools") + "/*:" + here,
                        ToolShellProgram.class.getName());
        try {
            process =
                    new ProcessBuilder(command)
                            .redirectError(ProcessBuilder.Redirect.INHERIT)
                            .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        commands = new DataOutputStream(new BufferedOutputStream(process.getOutputStream()));
        results = new DataInputStream(process.getInputStream());
    }

    /** Runs a main class to its end. */
    public synchronized Tool.Result run(String mainClass, List<String> arguments) {
        try {
            commands.writeUTF(mainClass);
            commands.writeInt(arguments.size());
            for (String argument : arguments) {
                commands.writeUTF(argument);
            }
            commands.flush();
            int exitCode = results.readInt();
            byte[] output = read();
            return new Tool.Result(exitCode, output, new String(read(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(mainClass + " " + arguments, e);
        }
    }

    private byte[] read() throws IOException {
        byte[] bytes = new byte[results.readInt()];
        results.readFully(bytes);
        return bytes;
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
