package io.sluice.cli;

import io.sluice.cli.admin.ClusterCommand;
import io.sluice.cli.admin.ConfigCommand;
import io.sluice.cli.admin.TopicCommand;
import io.sluice.cli.client.CommandGroup;
import io.sluice.cli.group.GroupCommand;
import io.sluice.cli.load.BenchCommand;
import io.sluice.cli.queue.QueueCommand;
import io.sluice.cli.records.ConsumeCommand;
import io.sluice.cli.records.ProduceCommand;
import io.sluice.cli.schedule.ScheduleCommand;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The root: lists the commands. */
@Command(
        name = "sluice",
        versionProvider = VersionCommand.Provider.class,
        description = {
            "A message queue: topics that are kept on disk and read by any Kafka client.",
            "",
            "Start a broker in one terminal with 'sluice server'; everything else talks to it."
        },
        subcommands = {
            ServerCommand.class,
            DevCommand.class,
            TopicCommand.class,
            GroupCommand.class,
            QueueCommand.class,
            ScheduleCommand.class,
            ConfigCommand.class,
            ClusterCommand.class,
            ProduceCommand.class,
            ConsumeCommand.class,
            BenchCommand.class,
            CompletionCommand.class,
            VersionCommand.class
        },
        exitCodeListHeading = "%nExit codes%n",
        exitCodeList = {"0:done", "1:failed", "2:bad usage"},
        footer = {
            "  sluice server                                 a broker on 127.0.0.1:9092",
            "  sluice dev --brokers 3                        a cluster on this machine",
            "  sluice topic create orders --partitions 3",
            "  echo 'hello' | sluice produce orders",
            "  sluice consume orders --from earliest",
            "  sluice topic create --help                    more of each command",
            "",
            "Environment",
            "  SLUICE_BOOTSTRAP       the broker to ask when --bootstrap is not given",
            "  SLUICE_JAVA_HOME       the JDK (25 or later) to run on",
            "  SLUICE_JAVA_OPTS       options of the broker's JVM",
            "  SLUICE_CLI_JAVA_OPTS   options of the other commands' JVM",
            "  NO_COLOR               no colours, if set"
        })
final class SluiceCommand extends CommandGroup {

    @Option(
            names = {"-V", "--version"},
            versionHelp = true,
            description = "Show the version.")
    private boolean version;

    SluiceCommand() {
        super("name a command");
    }
}
