package io.sluice.broker.dev;

import picocli.CommandLine;

/** The process that holds a cluster of one machine together. */
public final class Main {

    private Main() {}

    public static void main(String[] arguments) {
        CommandLine command = new CommandLine(new DevCommand());
        command.setExecutionExceptionHandler((failure, line, parsed) -> {
            line.getErr().println("sluice dev: " + failure.getMessage());
            return CommandLine.ExitCode.SOFTWARE;
        });
        System.exit(command.execute(arguments));
    }
}
