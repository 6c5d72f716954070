package io.sluice.cli.admin;

import io.sluice.cli.client.BrokerCommand;
import io.sluice.cli.client.Cluster;
import org.apache.kafka.common.config.ConfigResource;
import picocli.CommandLine.Parameters;

/** What the three {@code config} commands share: whose settings are meant. */
abstract class SettingsCommand extends BrokerCommand {

    /** What has settings. */
    enum Owner {
        topic,
        broker,
        group
    }

    private static final String ALL_BROKERS = "default";

    @Parameters(index = "0", paramLabel = "topic|broker|group", description = "Whose settings.")
    private Owner owner = Owner.topic;

    @Parameters(
            index = "1",
            paramLabel = "NAME",
            description =
                    "The name of the topic or the group, the broker's id, or 'default' for all"
                            + " brokers.")
    private String name = "";

    /** Checks that the owner exists where that can be asked. */
    final ConfigResource resource(Cluster cluster) {
        return switch (owner) {
            case topic -> {
                cluster.topic(name);
                yield new ConfigResource(ConfigResource.Type.TOPIC, name);
            }
            case broker -> {
                if (!name.equals(ALL_BROKERS) && !name.matches("\\d+")) {
                    throw badUsage(
                            "'" + name + "' is not a broker: write its id, or 'default' for all.");
                }
                yield new ConfigResource(
                        ConfigResource.Type.BROKER, name.equals(ALL_BROKERS) ? "" : name);
            }
            case group -> new ConfigResource(ConfigResource.Type.GROUP, name); // before it exists
        };
    }

    final String title() {
        return owner + " " + name;
    }
}
