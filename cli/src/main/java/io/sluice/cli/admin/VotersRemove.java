package io.sluice.cli.admin;

import io.sluice.cli.client.BrokerCommand;
import io.sluice.cli.client.Cluster;
import org.apache.kafka.common.Uuid;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Changes who keeps the metadata log (KIP-853). */
@Command(
        name = "remove",
        description = "Take a broker its vote in the metadata log; it follows on.",
        footer = "  sluice cluster voters remove 4")
final class VotersRemove extends BrokerCommand {

    @Parameters(paramLabel = "ID", description = "The broker's node.id.")
    private int broker;

    @Override
    public Integer call() {
        try (Cluster cluster = cluster()) {
            Cluster.await(cluster.admin().removeRaftVoter(broker, Uuid.ZERO_UUID).all());
            terminal().out().println("Broker " + broker + " votes no more");
        }
        return OK;
    }
}
