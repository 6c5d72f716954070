package io.sluice.cli.admin;

import io.sluice.cli.client.Cluster;
import io.sluice.cli.client.KeyValues;
import io.sluice.cli.terminal.Json;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Gives settings a value. */
@Command(
        name = "set",
        description = "Give settings a value; it takes effect at once.",
        footer = {
            "  sluice config set topic orders retention.ms=3600000",
            "  sluice config set broker default log.retention.ms=86400000",
            "  sluice config set group mailers share.auto.offset.reset=earliest"
        })
final class ConfigSet extends SettingsCommand {

    @Parameters(
            index = "2..*",
            arity = "1..*",
            paramLabel = "KEY=VALUE",
            converter = KeyValues.Converter.class,
            description = "The settings.")
    private List<KeyValues.Pair> settings = List.of();

    @Override
    public Integer call() {
        try (Cluster cluster = cluster()) {
            Settings.alter(cluster, resource(cluster), KeyValues.map(settings), List.of());
        }
        if (json()) {
            Json.print(terminal().out(), Json.object("set", KeyValues.map(settings)));
        } else {
            for (KeyValues.Pair pair : settings) {
                terminal()
                        .out()
                        .println("Set " + pair.key() + "=" + pair.value() + " on " + title());
            }
        }
        return OK;
    }
}
