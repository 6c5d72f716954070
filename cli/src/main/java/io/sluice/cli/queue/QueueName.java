package io.sluice.cli.queue;

import picocli.CommandLine.Option;

/**
 * The queues of a share group in a topic: the options of all commands that name them, as a mixin.
 */
final class QueueName {

    @Option(
            names = {"-t", "--topic"},
            paramLabel = "NAME",
            required = true,
            description = "The topic.")
    private String topic = "";

    @Option(
            names = {"-g", "--group"},
            paramLabel = "NAME",
            required = true,
            description = "The share group whose queue it is.")
    private String group = "";

    String topic() {
        return topic;
    }

    String group() {
        return group;
    }
}
