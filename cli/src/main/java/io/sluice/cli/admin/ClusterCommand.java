package io.sluice.cli.admin;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Groups the commands about the cluster. */
@Command(
        name = "cluster",
        description = "Look at the cluster as a whole.",
        subcommands = ClusterDescribe.class,
        footer = "  sluice cluster describe")
public final class ClusterCommand implements Runnable {

    @Spec private @Nullable CommandSpec spec;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help.")
    private boolean help;

    @Override
    public void run() {
        if (spec != null) {
            throw new ParameterException(spec.commandLine(), "name what to do: describe.");
        }
    }
}
