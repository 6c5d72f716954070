package io.sluice.cli.schedule;

import io.sluice.cli.client.BrokerCommand;
import io.sluice.cli.client.Cluster;
import io.sluice.cli.terminal.Json;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.InvalidRecordException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Cancels messages that wait. */
@Command(
        name = "cancel",
        description = {
            "Cancel messages: they are not delivered any more.",
            "",
            "What was delivered already, or cancelled, is told, and then the exit code is 1."
        },
        footer = {"  sluice schedule cancel orders 0:0", "  sluice schedule cancel orders 0:1 0:2"})
final class ScheduleCancel extends BrokerCommand {

    private static final String CANCEL = "sluice-cancel";

    @Parameters(index = "0", paramLabel = "TOPIC", description = "Where they wait.")
    private String topic = "";

    @Parameters(
            index = "1..*",
            arity = "1..*",
            paramLabel = "PARTITION:ID",
            converter = MessageId.Converter.class,
            description = "The messages, as 'sluice schedule list' shows them.")
    private List<MessageId> ids = List.of();

    @Override
    public Integer call() {
        List<MessageId> cancelled = new ArrayList<>();
        List<String> failures = new ArrayList<>();
        try (Cluster cluster = cluster()) {
            ids.forEach(id -> id.check(cluster, topic));
        }
        try (Sending sending = new Sending(clientConfig(), timeoutMs())) {
            for (MessageId id : ids) {
                ProducerRecord<byte[], byte[]> record =
                        new ProducerRecord<>(topic, id.partition(), null, new byte[0]);
                record.headers()
                        .add(CANCEL, Long.toString(id.id()).getBytes(StandardCharsets.UTF_8));
                try {
                    sending.send(record);
                    cancelled.add(id);
                } catch (InvalidRecordException e) {
                    failures.add(String.valueOf(e.getMessage()));
                }
            }
        }
        if (json()) {
            Json.print(
                    terminal().out(),
                    Json.object(
                            "cancelled",
                            cancelled.stream().map(MessageId::toString).toList(),
                            "failures",
                            failures));
        } else {
            cancelled.forEach(id -> terminal().out().println("Cancelled " + id));
        }
        failures.forEach(failure -> terminal().err().println("sluice: " + failure));
        return result(failures);
    }
}
