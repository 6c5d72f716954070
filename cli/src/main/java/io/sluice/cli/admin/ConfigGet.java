package io.sluice.cli.admin;

import io.sluice.cli.client.Cluster;
import io.sluice.cli.client.Failure;
import io.sluice.cli.client.NearestName;
import io.sluice.cli.terminal.Json;
import io.sluice.cli.terminal.Table;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.ConfigEntry.ConfigSource;
import org.apache.kafka.clients.admin.ConfigEntry.ConfigSynonym;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Shows settings. */
@Command(
        name = "get",
        description = {
            "Show settings with their values and where each comes from. --verbose adds what a setting"
                    + " falls back to and what it is for."
        },
        footer = {
            "  sluice config get topic orders",
            "  sluice config get topic orders retention.ms --verbose",
            "  sluice config get topic orders --own",
            "  sluice config get broker 1 --json"
        })
final class ConfigGet extends SettingsCommand {

    @Parameters(
            index = "2..*",
            arity = "0..*",
            paramLabel = "KEY",
            description = "Only these settings.")
    private List<String> keys = List.of();

    @Option(names = "--own", description = "Only what differs from the built-in default.")
    private boolean own;

    @Override
    public Integer call() {
        try (Cluster cluster = cluster()) {
            List<ConfigEntry> entries =
                    chosen(Settings.describe(cluster, resource(cluster), verbose() || json()));
            if (json()) {
                Json.print(terminal().out(), entries.stream().map(ConfigGet::document).toList());
            } else if (verbose()) {
                entries.forEach(this::explain);
            } else {
                printTable(entries);
            }
        }
        return OK;
    }

    private List<ConfigEntry> chosen(List<ConfigEntry> entries) {
        List<String> known = entries.stream().map(ConfigEntry::name).toList();
        for (String key : keys) {
            if (!known.contains(key)) {
                throw new Failure(
                        title()
                                + " has no setting '"
                                + key
                                + "'."
                                + NearestName.question(key, known));
            }
        }
        return entries.stream()
                .filter(entry -> keys.isEmpty() || keys.contains(entry.name()))
                .filter(entry -> !own || !isDefault(entry))
                .toList();
    }

    private static boolean isDefault(ConfigEntry entry) {
        return entry.source() == ConfigSource.DEFAULT_CONFIG;
    }

    private void printTable(List<ConfigEntry> entries) {
        if (entries.isEmpty()) {
            terminal().err().println("No settings of its own: all are the built-in defaults.");
            return;
        }
        Table table = new Table("SETTING", "VALUE", "SOURCE");
        for (ConfigEntry entry : entries) {
            UnaryOperator<String> emphasis =
                    isDefault(entry) ? UnaryOperator.identity() : style()::bold;
            table.row(emphasis, entry.name(), value(entry), source(entry.source()));
        }
        table.print(terminal().out(), style());
    }

    private void explain(ConfigEntry entry) {
        terminal()
                .out()
                .println(
                        style().bold(entry.name() + "=" + value(entry))
                                + "  ("
                                + source(entry.source())
                                + (entry.isReadOnly() ? ", needs a restart" : "")
                                + ")");
        for (ConfigSynonym synonym : entry.synonyms()) {
            terminal()
                    .out()
                    .println(
                            "    "
                                    + style().faint(
                                                    synonym.name()
                                                            + "="
                                                            + synonym.value()
                                                            + " from "
                                                            + source(synonym.source())));
        }
        @Nullable String documentation = entry.documentation();
        if (documentation != null && !documentation.isBlank()) {
            terminal().out().println("    " + documentation.strip());
        }
    }

    private static Map<String, ?> document(ConfigEntry entry) {
        return Json.object(
                "name",
                entry.name(),
                "value",
                entry.isSensitive() ? null : entry.value(),
                "source",
                entry.source().name(),
                "readOnly",
                entry.isReadOnly(),
                "sensitive",
                entry.isSensitive(),
                "type",
                entry.type().name(),
                "synonyms",
                synonyms(entry),
                "documentation",
                entry.documentation());
    }

    private static List<Object> synonyms(ConfigEntry entry) {
        List<Object> list = new ArrayList<>();
        for (ConfigSynonym synonym : entry.synonyms()) {
            list.add(
                    Json.object(
                            "name", synonym.name(),
                            "value", synonym.value(),
                            "source", synonym.source().name()));
        }
        return list;
    }

    private static String value(ConfigEntry entry) {
        @Nullable String value = entry.value();
        if (entry.isSensitive()) {
            return "(hidden)";
        }
        return value == null ? "" : value;
    }

    private static String source(ConfigSource source) {
        return switch (source) {
            case DYNAMIC_TOPIC_CONFIG -> "topic";
            case DYNAMIC_BROKER_CONFIG -> "broker, live";
            case DYNAMIC_DEFAULT_BROKER_CONFIG -> "all brokers, live";
            case STATIC_BROKER_CONFIG -> "broker's file";
            case DEFAULT_CONFIG -> "default";
            case DYNAMIC_BROKER_LOGGER_CONFIG -> "logger";
            case DYNAMIC_CLIENT_METRICS_CONFIG -> "client metrics";
            case DYNAMIC_GROUP_CONFIG -> "group";
            case UNKNOWN -> "unknown";
        };
    }
}
