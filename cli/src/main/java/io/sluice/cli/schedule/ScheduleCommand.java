package io.sluice.cli.schedule;

import io.sluice.cli.client.CommandGroup;
import picocli.CommandLine.Command;

/** Groups the commands about messages that wait. */
@Command(
        name = "schedule",
        description = {
            "Look after messages that wait for their time.",
            "",
            "A record waits if it was sent with --delay, --deliver-at or --cron, or by any client"
                    + " with the headers that stand for them."
        },
        subcommands = {
            ScheduleList.class,
            ScheduleShow.class,
            ScheduleCancel.class,
            ScheduleReschedule.class
        },
        footer = {"  sluice schedule list orders"})
public final class ScheduleCommand extends CommandGroup {

    public ScheduleCommand() {
        super("name what to do");
    }
}
