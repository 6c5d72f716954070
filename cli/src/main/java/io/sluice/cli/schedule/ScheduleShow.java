package io.sluice.cli.schedule;

import io.sluice.cli.client.BrokerCommand;
import io.sluice.cli.client.Cluster;
import io.sluice.cli.terminal.Json;
import io.sluice.cli.terminal.Table;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.header.Header;
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
        String value = Waiting.text(message.record().value());
        if (json()) {
            List<Object> headers = new ArrayList<>();
            for (Header header : message.record().headers()) {
                headers.add(
                        Json.object("name", header.key(), "value", Waiting.text(header.value())));
            }
            Json.print(
                    terminal().out(),
                    Json.object(
                            "partition",
                            message.id().partition(),
                            "id",
                            message.id().id(),
                            "due",
                            message.due().toEpochMilli(),
                            "sent",
                            message.record().timestamp(),
                            "key",
                            message.key(),
                            "value",
                            value,
                            "headers",
                            headers));
            return OK;
        }
        Table table = new Table("FIELD", "VALUE");
        table.row("due", message.due());
        table.row("sent", Instant.ofEpochMilli(message.record().timestamp()));
        table.row("key", String.valueOf(message.key()));
        table.row("value", String.valueOf(value));
        for (Header header : message.record().headers()) {
            table.row(header.key(), String.valueOf(Waiting.text(header.value())));
        }
        table.print(terminal().out(), style());
        return OK;
    }
}
