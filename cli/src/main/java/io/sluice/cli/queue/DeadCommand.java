package io.sluice.cli.queue;

import io.sluice.cli.client.CommandGroup;
import picocli.CommandLine.Command;

/** Groups the commands about dead letters. */
@Command(
        name = "dead",
        description = "List, show and send back records that were delivered no more.",
        subcommands = {DeadList.class, DeadShow.class, DeadRedrive.class},
        footer = {
            "  sluice queue dead list dlq.orders --reason rejected",
            "  sluice queue dead show dlq.orders 0:0",
            "  sluice queue dead redrive dlq.orders --dry-run"
        })
final class DeadCommand extends CommandGroup {

    DeadCommand() {
        super("name what to do");
    }
}
