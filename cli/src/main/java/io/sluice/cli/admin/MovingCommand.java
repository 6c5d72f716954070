package io.sluice.cli.admin;

import io.sluice.cli.admin.BalanceView.Move;
import io.sluice.cli.client.BrokerCommand;
import io.sluice.cli.client.Cluster;
import io.sluice.cli.terminal.Json;
import java.util.List;
import java.util.stream.Collectors;

/** A command that has partitions moved, and tells how that gets on. */
abstract class MovingCommand extends BrokerCommand {

    /** Tells of each move that is over, unless the answer is to be JSON. */
    protected final BalanceFollower follow(Cluster cluster, BalanceView before) {
        return new BalanceFollower(
                cluster,
                terminal(),
                before,
                move -> {
                    if (!json()) {
                        terminal().out().println(line(move));
                    }
                });
    }

    protected final void say(String sentence) {
        if (json()) {
            Json.print(terminal().out(), Json.object("message", sentence));
        } else {
            terminal().out().println(sentence);
        }
    }

    private static String line(Move move) {
        return "%s %s: %s -> %s (%s)"
                .formatted(
                        move.stage(), move.name(), ids(move.from()), ids(move.to()), move.reason());
    }

    protected static String ids(List<Integer> brokers) {
        return brokers.stream().map(String::valueOf).collect(Collectors.joining(","));
    }
}
