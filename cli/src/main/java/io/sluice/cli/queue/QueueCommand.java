package io.sluice.cli.queue;

import io.sluice.cli.client.CommandGroup;
import picocli.CommandLine.Command;

/** Groups the commands about queues. */
@Command(
        name = "queue",
        description = "Look after the queues of share groups.",
        subcommands = {DeadCommand.class},
        footer = {"  sluice queue dead list dlq.orders"})
public final class QueueCommand extends CommandGroup {

    public QueueCommand() {
        super("name what to look after");
    }
}
