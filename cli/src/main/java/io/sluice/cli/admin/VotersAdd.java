package io.sluice.cli.admin;

import io.sluice.cli.client.BrokerCommand;
import io.sluice.cli.client.Cluster;
import java.util.Set;
import org.apache.kafka.clients.admin.RaftVoterEndpoint;
import org.apache.kafka.common.Uuid;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Changes who keeps the metadata log (KIP-853). */
@Command(
        name = "add",
        description = "Give a broker that runs a vote in the metadata log.",
        footer = "  sluice cluster voters add 4")
final class VotersAdd extends BrokerCommand {

    /** The client wants to be told one; the cluster knows where its brokers are. */
    private static final Set<RaftVoterEndpoint> WHERE =
            Set.of(new RaftVoterEndpoint("CONTROLLER", "localhost", 1));

    @Parameters(paramLabel = "ID", description = "The broker's node.id.")
    private int broker;

    @Override
    public Integer call() {
        try (Cluster cluster = cluster()) {
            Cluster.await(cluster.admin().addRaftVoter(broker, Uuid.ZERO_UUID, WHERE).all());
            terminal().out().println("Broker " + broker + " now votes");
        }
        return OK;
    }
}
