package io.sluice.cli.admin;

import io.sluice.cli.client.CommandGroup;
import picocli.CommandLine.Command;

/** Groups the commands about settings. */
@Command(
        name = "config",
        description = {
            "Show and change settings of topics and brokers.",
            "",
            "They belong to a topic, to one broker, or to all brokers ('broker default'). A topic's own value wins over a broker's, that over the default of all brokers,"
                    + " that over the broker's file, that over the built-in default."
        },
        subcommands = {ConfigGet.class, ConfigSet.class, ConfigUnset.class},
        footer = {
            "  sluice config get topic orders",
            "  sluice config set topic orders retention.ms=3600000",
            "  sluice config unset topic orders retention.ms",
            "  sluice config get broker 1 log.retention.ms",
            "  sluice config set broker default log.retention.ms=86400000"
        })
public final class ConfigCommand extends CommandGroup {

    public ConfigCommand() {
        super("name what to do");
    }
}
