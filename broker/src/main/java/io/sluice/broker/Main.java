package io.sluice.broker;

import io.sluice.engine.disk.Disk;
import io.sluice.storage.FileDisk;
import picocli.CommandLine;

/** The broker's process. */
public final class Main {

    private Main() {}

    public static void main(String[] arguments) {
        run(new FileDisk(), arguments);
    }

    /** Runs a broker on any disk: how tests let one fail. */
    public static void run(Disk disk, String... arguments) {
        CommandLine command = new CommandLine(new ServerCommand(disk));
        command.setExecutionExceptionHandler((failure, line, parsed) -> {
            line.getErr().println("sluice server: " + failure.getMessage());
            return failure instanceof UsageException
                    ? CommandLine.ExitCode.USAGE
                    : CommandLine.ExitCode.SOFTWARE;
        });
        int exitCode = command.execute(arguments);
        if (exitCode != ServerCommand.SERVING) {
            System.exit(exitCode);
        }
    }
}
