package io.sluice.cli.admin;

import io.sluice.cli.admin.BalanceView.Broker;
import io.sluice.cli.admin.BalanceView.Move;
import io.sluice.cli.client.Cluster;
import io.sluice.cli.terminal.Json;
import io.sluice.cli.terminal.Table;
import io.sluice.cli.terminal.Units;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.clients.admin.AlterConfigOp.OpType;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Shows and steers how partitions and leaders move. */
@Command(
        name = "balance",
        description = {
            "Even out now what brokers carry, and wait until that is done. Ctrl-C ends the wait, not"
                    + " the moves. The cluster does so by itself when the difference is large; this"
                    + " command also evens out small ones."
        },
        footer = {
            "  sluice cluster balance --dry-run    what would move, and why",
            "  sluice cluster balance",
            "  sluice cluster balance --status",
            "  sluice cluster balance --pause",
            "  sluice cluster balance --resume"
        })
final class BalanceCommand extends MovingCommand {

    @ArgGroup(exclusive = true)
    private @Nullable Instead instead;

    /** What to do instead of beginning now. */
    static final class Instead {
        @Option(
                names = "--dry-run",
                description = "Show the moves there would be, or that are left, and begin nothing.")
        private boolean dryRun;

        @Option(names = "--status", description = "Show how the moves under way get on.")
        private boolean status;

        @Option(names = "--pause", description = "Begin no move; those under way go on.")
        private boolean pause;

        @Option(names = "--resume", description = "Go on after --pause.")
        private boolean resume;
    }

    @Option(names = "--no-wait", description = "Return when it is ordered.")
    private boolean noWait;

    @Override
    public Integer call() {
        try (Cluster cluster = cluster()) {
            if (instead == null) {
                return begin(cluster);
            }
            if (instead.pause || instead.resume) {
                BalanceView.alter(
                        cluster,
                        instead.pause ? OpType.SET : OpType.DELETE,
                        BalanceView.PAUSED,
                        instead.pause ? "true" : "");
                say(instead.pause ? "Paused: no move begins" : "Resumed");
                return OK;
            }
            BalanceView view = BalanceView.read(cluster);
            List<Move> moves =
                    instead.dryRun
                            ? view.plan().stream().filter(move -> !move.isOver()).toList()
                            : view.steps();
            print(cluster, view, moves);
        }
        return OK;
    }

    private int begin(Cluster cluster) {
        BalanceView before = BalanceView.read(cluster);
        before.checkNotPaused();
        if (before.plan().isEmpty()) {
            say("The cluster is even: nothing moves");
            return OK;
        }
        BalanceView.alter(cluster, OpType.SET, BalanceView.REQUESTED, "true");
        if (noWait) {
            say("Begun: sluice cluster balance --status shows how it gets on");
            return OK;
        }
        List<Move> moves = follow(cluster, before).until(now -> !now.requested());
        long dropped = moves.stream().filter(move -> move.stage().equals("dropped")).count();
        if (json()) {
            Json.print(terminal().out(), Json.object("moves", moves.size(), "dropped", dropped));
        } else {
            say(
                    "Done: %d moves%s"
                            .formatted(
                                    moves.size() - dropped,
                                    dropped == 0
                                            ? ""
                                            : ", %d dropped, somebody else changed them"
                                                    .formatted(dropped)));
        }
        return OK;
    }

    private void print(Cluster cluster, BalanceView view, List<Move> moves) {
        List<Integer> asked =
                view.brokers().stream()
                        .filter(broker -> !broker.standing().equals("away"))
                        .map(Broker::id)
                        .toList();
        ReplicaSizes sizes = ReplicaSizes.read(cluster, asked);
        if (json()) {
            printJson(view, moves, sizes);
            return;
        }
        terminal().out().println("The balance is " + style().bold(state(view)));
        Table brokers =
                new Table("BROKER", "STATE", "REPLICAS", "LEADERS", "IN/S", "OUT/S")
                        .right(0, 2, 3, 4, 5);
        for (Broker broker : view.brokers()) {
            brokers.row(
                    broker.id(),
                    broker.standing(),
                    broker.replicas(),
                    broker.leaders(),
                    Units.size(broker.bytesIn()),
                    Units.size(broker.bytesOut()));
        }
        brokers.print(terminal().out(), style());
        view.left()
                .forEach((broker, replicas) ->
                        terminal()
                                .out()
                                .println(
                                        "Broker %d is to have none: %d replicas are left"
                                                .formatted(broker, replicas)));
        if (moves.isEmpty()) {
            terminal().out().println("Nothing moves");
            return;
        }
        terminal().out().println();
        Table table = new Table("PARTITION", "FROM", "TO", "WHY", "COPIES", "STATE").right(4);
        for (Move move : moves) {
            table.row(
                    move.name(),
                    ids(move.from()),
                    ids(move.to()),
                    move.reason(),
                    Units.size(sizes.toCopy(move)),
                    progress(move, sizes));
        }
        table.print(terminal().out(), style());
    }

    private static String state(BalanceView view) {
        return view.state() + (view.requested() ? ", asked for" : "");
    }

    private static String progress(Move move, ReplicaSizes sizes) {
        long all = sizes.toCopy(move);
        return move.stage().equals("moving") && all > 0
                ? "moving, %d %%".formatted(100 * sizes.copied(move) / all)
                : move.stage();
    }

    private void printJson(BalanceView view, List<Move> moves, ReplicaSizes sizes) {
        List<Object> brokers = new ArrayList<>();
        for (Broker broker : view.brokers()) {
            brokers.add(
                    Json.object(
                            "id", broker.id(),
                            "state", broker.standing(),
                            "replicas", broker.replicas(),
                            "leaders", broker.leaders(),
                            "bytesInPerSecond", broker.bytesIn(),
                            "bytesOutPerSecond", broker.bytesOut()));
        }
        List<Object> list = new ArrayList<>();
        for (Move move : moves) {
            list.add(
                    Json.object(
                            "state", move.stage(),
                            "topic", move.topic(),
                            "partition", move.partition(),
                            "from", move.from(),
                            "to", move.to(),
                            "why", move.reason(),
                            "bytes", sizes.toCopy(move),
                            "bytesCopied", sizes.copied(move)));
        }
        Json.print(
                terminal().out(),
                Json.object(
                        "state",
                        view.state(),
                        "requested",
                        view.requested(),
                        "brokers",
                        brokers,
                        "moves",
                        list));
    }
}
