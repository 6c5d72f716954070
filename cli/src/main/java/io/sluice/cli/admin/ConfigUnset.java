package io.sluice.cli.admin;

import io.sluice.cli.client.Cluster;
import io.sluice.cli.terminal.Json;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Takes values away again. */
@Command(
        name = "unset",
        description = "Take settings away, so that the next weaker value holds again.",
        footer = {
            "  sluice config unset topic orders retention.ms",
            "  sluice config unset broker 1 log.retention.ms"
        })
final class ConfigUnset extends SettingsCommand {

    @Parameters(
            index = "2..*",
            arity = "1..*",
            paramLabel = "KEY",
            description = "The settings' names.")
    private List<String> keys = List.of();

    @Override
    public Integer call() {
        try (Cluster cluster = cluster()) {
            Settings.alter(cluster, resource(cluster), Map.of(), keys);
        }
        if (json()) {
            Json.print(terminal().out(), Json.object("unset", keys));
        } else {
            for (String key : keys) {
                terminal().out().println("Unset " + key + " on " + title());
            }
        }
        return OK;
    }
}
