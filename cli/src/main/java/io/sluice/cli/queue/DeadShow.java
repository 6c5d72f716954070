package io.sluice.cli.queue;

import io.sluice.cli.client.BrokerCommand;
import io.sluice.cli.client.Cluster;
import io.sluice.cli.terminal.Json;
import io.sluice.cli.terminal.Table;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.header.Header;
import org.jspecify.annotations.Nullable;
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
        String value = text(letter.record().value());
        if (json()) {
            List<Object> headers = new ArrayList<>();
            for (Header header : letter.record().headers()) {
                headers.add(Json.object("name", header.key(), "value", text(header.value())));
            }
            Json.print(
                    terminal().out(),
                    Json.object(
                            "partition",
                            letter.record().partition(),
                            "offset",
                            letter.record().offset(),
                            "timestamp",
                            letter.record().timestamp(),
                            "key",
                            letter.key(),
                            "value",
                            value,
                            "headers",
                            headers));
            return OK;
        }
        Table table = new Table("FIELD", "VALUE");
        table.row("time", letter.time());
        table.row("key", String.valueOf(letter.key()));
        table.row("value", String.valueOf(value));
        for (Header header : letter.record().headers()) {
            table.row(header.key(), String.valueOf(text(header.value())));
        }
        table.print(terminal().out(), style());
        return OK;
    }

    private static @Nullable String text(byte @Nullable [] bytes) {
        return bytes == null ? null : Letter.text(bytes);
    }
}
