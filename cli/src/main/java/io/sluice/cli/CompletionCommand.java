package io.sluice.cli;

import org.jspecify.annotations.Nullable;
import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Prints a script that makes the shell complete commands and options. */
@Command(
        name = "completion",
        description = "Print a shell script that completes commands and options.",
        footer = {
            "  source <(sluice completion bash)          in this shell",
            "  sluice completion bash > ~/.local/share/bash-completion/completions/sluice",
            "  echo 'source <(sluice completion zsh)' >> ~/.zshrc"
        })
final class CompletionCommand implements Runnable {

    /** A shell we can complete for. */
    enum Shell {
        bash,
        zsh
    }

    @Spec private @Nullable CommandSpec spec;

    @Parameters(paramLabel = "SHELL", description = "One of: ${COMPLETION-CANDIDATES}.")
    private Shell shell = Shell.bash;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help.")
    private boolean help;

    @Override
    public void run() {
        if (spec != null) {
            // The script loads zsh's compatibility with bash completion by itself.
            spec.commandLine()
                    .getOut()
                    .println(AutoComplete.bash("sluice", spec.root().commandLine()));
        }
    }
}
