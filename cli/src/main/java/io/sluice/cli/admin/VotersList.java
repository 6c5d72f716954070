package io.sluice.cli.admin;

import io.sluice.cli.client.BrokerCommand;
import io.sluice.cli.client.Cluster;
import io.sluice.cli.terminal.Json;
import io.sluice.cli.terminal.Table;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.clients.admin.QuorumInfo;
import org.apache.kafka.clients.admin.QuorumInfo.ReplicaState;
import picocli.CommandLine.Command;

/** Shows who keeps the metadata log, and how far each is. */
@Command(
        name = "list",
        description = "Show the brokers that vote in the metadata log, and those that follow it.",
        footer = {
            "  sluice cluster voters list",
            "  sluice cluster voters list --json | jq '.[] | select(.votes).broker'"
        })
final class VotersList extends BrokerCommand {

    @Override
    public Integer call() {
        try (Cluster cluster = cluster()) {
            QuorumInfo quorum =
                    Cluster.await(cluster.admin().describeMetadataQuorum().quorumInfo());
            if (json()) {
                List<Object> all = new ArrayList<>();
                quorum.voters().forEach(one -> all.add(json(one, true, quorum)));
                quorum.observers().forEach(one -> all.add(json(one, false, quorum)));
                Json.print(terminal().out(), all);
            } else {
                Table table = new Table("BROKER", "ROLE", "DIRECTORY", "BEHIND").right(0, 3);
                quorum.voters().forEach(one -> row(table, one, true, quorum));
                quorum.observers().forEach(one -> row(table, one, false, quorum));
                table.print(terminal().out(), style());
            }
        }
        return OK;
    }

    private static void row(Table table, ReplicaState one, boolean votes, QuorumInfo quorum) {
        String role = votes ? "voter" : "observer";
        long behind = behind(one, quorum);
        table.row(
                one.replicaId(),
                one.replicaId() == quorum.leaderId() ? "leader" : role,
                one.replicaDirectoryId(),
                behind < 0 ? "-" : behind);
    }

    /** Entries; -1 if it is not known. */
    private static long behind(ReplicaState one, QuorumInfo quorum) {
        return one.logEndOffset() < 0
                ? -1
                : Math.max(0, quorum.highWatermark() - one.logEndOffset());
    }

    private static Object json(ReplicaState one, boolean votes, QuorumInfo quorum) {
        return Json.object(
                "broker", one.replicaId(),
                "votes", votes,
                "leads", one.replicaId() == quorum.leaderId(),
                "directoryId", one.replicaDirectoryId().toString(),
                "behind", behind(one, quorum));
    }
}
