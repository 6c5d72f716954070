package io.sluice.cli.queue;

import io.sluice.cli.client.BrokerCommand;
import io.sluice.cli.client.Cluster;
import io.sluice.cli.records.RecordText;
import io.sluice.cli.terminal.Json;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Shows one dead letter. */
@Command(
        name = "show",
        description = "Show a dead letter with all its headers.",
        footer = {"  sluice queue dead show dlq.orders 0:0"})
final class DeadShow extends BrokerCommand {

    @Parameters(index = "0", paramLabel = "TOPIC", description = "The topic of dead letters.")
    private String topic = "";

    @Parameters(
            index = "1",
            paramLabel = "PARTITION:OFFSET",
            description = "The letter, as 'sluice queue dead list' shows it.")
    private String place = "";

    @Override
    public Integer call() {
        if (!place.matches("\\d{1,9}:\\d{1,18}")) {
            throw badUsage("'" + place + "' is no letter: write PARTITION:OFFSET, such as 0:42.");
        }
        int colon = place.indexOf(':');
        Letter letter;
        try (Cluster cluster = cluster()) {
            letter =
                    Letters.one(
                            cluster,
                            topic,
                            clientConfig(),
                            Integer.parseInt(place.substring(0, colon)),
                            Long.parseLong(place.substring(colon + 1)));
        }
        ConsumerRecord<byte[], byte[]> record = letter.record();
        if (json()) {
            RecordText.printJson(
                    terminal().out(),
                    Json.object(
                            "partition",
                            record.partition(),
                            "offset",
                            record.offset(),
                            "timestamp",
                            record.timestamp()),
                    record);
        } else {
            RecordText.print(terminal().out(), style(), Json.object("time", letter.time()), record);
        }
        return OK;
    }
}
