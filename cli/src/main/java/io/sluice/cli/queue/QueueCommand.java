package io.sluice.cli.queue;

import io.sluice.cli.client.CommandGroup;
import picocli.CommandLine.Command;

/** Groups the commands about queues. */
@Command(
        name = "queue",
        description = "Work on the queues of share groups, and look after them.",
        subcommands = {
            QueueConsume.class,
            QueueBrowse.class,
            QueueTrace.class,
            QueueReplay.class,
            QueueReset.class,
            DeadCommand.class
        },
        footer = {
            "  sluice queue consume --topic orders --group packers",
            "  sluice queue browse --topic orders --group packers",
            "  sluice queue trace --topic orders --partition 0 --offset 4711",
            "  sluice queue replay --topic orders --group packers --key 4711",
            "  sluice queue dead list dlq.orders"
        })
public final class QueueCommand extends CommandGroup {

    public QueueCommand() {
        super("name what to do");
    }
}
