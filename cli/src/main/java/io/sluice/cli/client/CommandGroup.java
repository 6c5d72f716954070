package io.sluice.cli.client;

import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** A command that only holds others: by itself it says which, and is bad usage. */
public abstract class CommandGroup implements Runnable {

    private final String request;

    @Spec private @Nullable CommandSpec spec;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help.")
    private boolean help;

    /**
     * A group.
     *
     * @param request what the user should name, for example {@code name a command}
     */
    protected CommandGroup(String request) {
        this.request = request;
    }

    @Override
    public final void run() {
        if (spec == null) {
            throw new IllegalStateException("not part of a command line");
        }
        List<String> names =
                spec.subcommands().values().stream()
                        .map(CommandLine::getCommandName)
                        .distinct()
                        .toList();
        String last = names.getLast();
        String others = String.join(", ", names.subList(0, names.size() - 1));
        throw new ParameterException(
                spec.commandLine(),
                request + ": " + (others.isEmpty() ? last : others + " or " + last) + ".");
    }
}
