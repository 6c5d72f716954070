package io.sluice.cli;

import io.sluice.cli.client.BrokerCommand;
import io.sluice.cli.client.Explanation;
import io.sluice.cli.terminal.Style;
import io.sluice.cli.terminal.Terminal;
import java.util.Locale;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IFactory;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.Model.UsageMessageSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * Where the command line starts.
 *
 * <p>Exit codes: 0 done, 1 failed, 2 bad usage.
 */
public final class Main {

    private static final int FAILED = 1;
    private static final int BAD_USAGE = 2;
    private static final int HELP_WIDTH = 100;

    private Main() {}

    public static void main(String[] args) {
        silenceClientLogs();
        int exitCode = run(Terminal.system(System.getenv()), args);
        // Client threads may still be closing connections: nobody waits for them.
        Runtime.getRuntime().exit(exitCode);
    }

    /**
     * Runs one command in this process.
     *
     * @return the exit code
     */
    public static int run(Terminal terminal, String... args) {
        int exitCode = commandLine(terminal).execute(args);
        terminal.out().flush();
        return exitCode;
    }

    /**
     * The Kafka client logs what our sentences say better. The broker's Logback lies on the same
     * class path; naming a provider leaves it unloaded here and untouched there.
     */
    private static void silenceClientLogs() {
        setUnlessGiven("slf4j.provider", "org.slf4j.helpers.NOP_FallbackServiceProvider");
        setUnlessGiven("slf4j.internal.verbosity", "ERROR");
        Locale.setDefault(Locale.ROOT);
    }

    private static void setUnlessGiven(String property, String value) {
        if (System.getProperty(property) == null) {
            System.setProperty(property, value);
        }
    }

    /** The whole tree of commands, attached to these streams. */
    static CommandLine commandLine(Terminal terminal) {
        CommandLine root = new CommandLine(new SluiceCommand(), new Attaching(terminal));
        root.setOut(new java.io.PrintWriter(terminal.out(), true));
        root.setErr(new java.io.PrintWriter(terminal.err(), true));
        root.setColorScheme(
                CommandLine.Help.defaultColorScheme(terminal.colours() ? Ansi.ON : Ansi.OFF));
        root.setExecutionExceptionHandler(explaining(terminal));
        root.setParameterExceptionHandler(correcting(terminal));
        root.setUsageHelpWidth(HELP_WIDTH);
        root.setAbbreviatedOptionsAllowed(false);
        layOut(root);
        return root;
    }

    private static void layOut(CommandLine command) {
        UsageMessageSpec usage = command.getCommandSpec().usageMessage();
        usage.synopsisHeading("Usage: ");
        usage.descriptionHeading("%n");
        usage.parameterListHeading("%nArguments%n");
        usage.optionListHeading("%nOptions%n");
        usage.commandListHeading("%nCommands%n");
        usage.sortOptions(true);
        if (usage.footer().length > 0) {
            usage.footerHeading("%nExamples%n");
        }
        command.getSubcommands().values().forEach(Main::layOut);
    }

    private static IExecutionExceptionHandler explaining(Terminal terminal) {
        return (error, command, parsed) -> {
            terminal.out().flush();
            boolean verbose = false;
            String sentence = String.valueOf(error.getMessage());
            if (command.getCommand() instanceof BrokerCommand broker) {
                verbose = broker.verbose();
                sentence = Explanation.of(error, broker.bootstrap(), broker.timeout());
            }
            complain(terminal, sentence);
            if (verbose) {
                error.printStackTrace(terminal.err());
            }
            return FAILED;
        };
    }

    private static IParameterExceptionHandler correcting(Terminal terminal) {
        return (error, args) -> {
            complain(terminal, sentence(error));
            terminal.err()
                    .println(
                            "Try '"
                                    + error.getCommandLine().getCommandSpec().qualifiedName()
                                    + " --help'.");
            return BAD_USAGE;
        };
    }

    private static String sentence(ParameterException error) {
        String text = String.valueOf(error.getMessage());
        if (error instanceof UnmatchedArgumentException unmatched
                && !unmatched.getSuggestions().isEmpty()) {
            String typed = unmatched.getUnmatched().getFirst();
            // The parser suggests what merely shares letters too; its first guess is the good one.
            return "unknown "
                    + (typed.startsWith("-") ? "option" : "command")
                    + " '"
                    + typed
                    + "'. Did you mean '"
                    + unmatched.getSuggestions().getFirst()
                    + "'?";
        }
        return text;
    }

    private static void complain(Terminal terminal, String sentence) {
        Style style = new Style(terminal.errIsTerminal() && terminal.colours());
        terminal.err().println(style.bad("sluice: ") + sentence);
        terminal.err().flush();
    }

    /** Creates commands and hands them the terminal. */
    private record Attaching(Terminal terminal) implements IFactory {
        @Override
        public <K> K create(Class<K> type) throws Exception {
            K created = CommandLine.defaultFactory().create(type);
            if (created instanceof BrokerCommand command) {
                command.attach(terminal);
            }
            return created;
        }
    }
}
