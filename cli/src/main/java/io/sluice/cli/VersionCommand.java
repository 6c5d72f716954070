package io.sluice.cli;

import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Tells which version this is. */
@Command(name = "version", description = "Print the version.", footer = "  sluice version")
final class VersionCommand implements Runnable {

    @Spec private @Nullable CommandSpec spec;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help.")
    private boolean help;

    @Override
    public void run() {
        if (spec != null) {
            for (String line : new Provider().getVersion()) {
                spec.commandLine().getOut().println(line);
            }
        }
    }

    /** Reads what the build wrote down. */
    static final class Provider implements IVersionProvider {
        @Override
        public String[] getVersion() {
            return new String[] {
                "sluice " + version() + " (Java " + Runtime.version().feature() + ")"
            };
        }

        private static String version() {
            Properties properties = new Properties();
            try (InputStream in =
                    VersionCommand.class.getResourceAsStream("/io/sluice/cli/version.properties")) {
                if (in != null) {
                    properties.load(in);
                }
            } catch (IOException e) {
                return "unknown";
            }
            return properties.getProperty("version", "unknown");
        }
    }
}
