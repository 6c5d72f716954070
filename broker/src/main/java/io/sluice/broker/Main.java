package io.sluice.broker;

import picocli.CommandLine;

/** The broker's process. */
public final class Main {

    private Main() {}

    public static void main(String[] arguments) {
        CommandLine command = new CommandLine(new ServerCommand());
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
