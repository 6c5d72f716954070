package io.sluice.cli.admin;

import io.sluice.cli.admin.BalanceView.Broker;
import io.sluice.cli.client.Cluster;
import io.sluice.cli.client.Failure;
import org.apache.kafka.clients.admin.AlterConfigOp.OpType;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Moves everything off a broker. */
@Command(
        name = "drain",
        description = {
            "Move all partitions off a broker, and wait until that is done: then it can be stopped"
                    + " and unregistered. It gets no others until --cancel. Ctrl-C ends the wait, not"
                    + " the moves."
        },
        footer = {
            "  sluice cluster drain 1 --no-wait",
            "  sluice cluster drain 1 --cancel",
            "  sluice cluster balance --status    how it gets on"
        })
final class DrainCommand extends MovingCommand {

    @Parameters(paramLabel = "ID", description = "The broker's number.")
    private int broker;

    @Option(names = "--cancel", description = "It may have partitions again.")
    private boolean cancel;

    @Option(names = "--no-wait", description = "Return when it is ordered.")
    private boolean noWait;

    @Override
    public Integer call() {
        try (Cluster cluster = cluster()) {
            if (cancel) {
                BalanceView.alter(
                        cluster, OpType.SUBTRACT, BalanceView.DRAINED, Integer.toString(broker));
                say("Broker %d may have partitions again".formatted(broker));
                return OK;
            }
            BalanceView before = BalanceView.read(cluster);
            check(before);
            BalanceView.alter(
                    cluster, OpType.APPEND, BalanceView.DRAINED, Integer.toString(broker));
            if (noWait) {
                say(
                        "Broker %d is drained: sluice cluster balance --status shows how it gets on"
                                .formatted(broker));
                return OK;
            }
            follow(cluster, before).until(this::isEmpty);
            say(
                    "Broker %d has no partitions any more: it can be stopped and unregistered"
                            .formatted(broker));
        }
        return OK;
    }

    private void check(BalanceView view) {
        if (view.brokers().stream().noneMatch(one -> one.id() == broker)) {
            throw new Failure(
                    "there is no broker %d: there are %s"
                            .formatted(broker, view.brokers().stream().map(Broker::id).toList()));
        }
        view.checkNotPaused();
    }

    private boolean isEmpty(BalanceView now) {
        if (!now.left().containsKey(broker)) {
            return now.brokers().stream().noneMatch(one -> one.id() == broker);
        }
        int left = now.left().getOrDefault(broker, 0);
        if (left > 0 && !now.isWorking() && now.next().isEmpty()) {
            throw new Failure(
                    "broker %d keeps %d replicas: each needs another broker that has no copy of the"
                                    .formatted(broker, left)
                            + " partition, and there is none; add a broker, or take it back with"
                            + " sluice cluster drain %d --cancel".formatted(broker));
        }
        return left == 0;
    }
}
