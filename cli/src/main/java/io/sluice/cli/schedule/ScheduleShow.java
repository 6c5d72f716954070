package io.sluice.cli.schedule;

import io.sluice.cli.client.BrokerCommand;
import io.sluice.cli.client.Cluster;
import io.sluice.cli.records.RecordText;
import io.sluice.cli.terminal.Json;
import java.time.Instant;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Shows one message that waits. */
@Command(
        name = "show",
        description = "Show a message that waits, with all its headers.",
        footer = {"  sluice schedule show orders 0:0"})
final class ScheduleShow extends BrokerCommand {

    @Parameters(index = "0", paramLabel = "TOPIC", description = "Where it waits.")
    private String topic = "";

    @Parameters(
            index = "1",
            paramLabel = "PARTITION:ID",
            converter = MessageId.Converter.class,
            description = "The message, as 'sluice schedule list' shows it.")
    private MessageId id = new MessageId(0, 0L);

    @Override
    public Integer call() {
        Waiting message;
        try (Cluster cluster = cluster()) {
            message = Waiting.one(cluster, clientConfig(), topic, id);
        }
        ConsumerRecord<byte[], byte[]> record = message.record();
        if (json()) {
            RecordText.printJson(
                    terminal().out(),
                    Json.object(
                            "partition",
                            message.id().partition(),
                            "id",
                            message.id().id(),
                            "due",
                            message.due().toEpochMilli(),
                            "sent",
                            record.timestamp()),
                    record);
        } else {
            RecordText.print(
                    terminal().out(),
                    style(),
                    Json.object(
                            "due", message.due(), "sent", Instant.ofEpochMilli(record.timestamp())),
                    record);
        }
        return OK;
    }
}
