package io.sluice.cli.schedule;

import io.sluice.cli.client.BrokerCommand;
import io.sluice.cli.client.Cluster;
import io.sluice.cli.client.Failure;
import io.sluice.cli.records.DelayOptions;
import io.sluice.cli.terminal.Json;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.InvalidRecordException;
import org.apache.kafka.common.header.Header;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Gives a message that waits another time. */
@Command(
        name = "reschedule",
        description = "Give a message another time. Its id, key, value and headers stay.",
        footer = {
            "  sluice schedule reschedule orders 0:0 --delay 1h",
            "  sluice schedule reschedule orders 0:0 --deliver-at 2027-01-01T08:00"
        })
final class ScheduleReschedule extends BrokerCommand {

    private static final String RESCHEDULE = "sluice-reschedule";

    /** What says something of the old time. */
    private static final Set<String> LEFT_OUT =
            Set.of(Waiting.ID, Waiting.DUE, DelayOptions.CRON, DelayOptions.CRON_ZONE);

    @Parameters(index = "0", paramLabel = "TOPIC", description = "Where it waits.")
    private String topic = "";

    @Parameters(
            index = "1",
            paramLabel = "PARTITION:ID",
            converter = MessageId.Converter.class,
            description = "The message, as 'sluice schedule list' shows it.")
    private MessageId id = new MessageId(0, 0L);

    @Mixin private DelayOptions later = new DelayOptions();

    @Override
    public Integer call() {
        if (!later.fault().isEmpty() || !later.given()) {
            throw badUsage(later.given() ? later.fault() : "give --delay, --deliver-at or --cron.");
        }
        Waiting message;
        try (Cluster cluster = cluster()) {
            message = Waiting.one(cluster, clientConfig(), topic, id);
        }
        ProducerRecord<byte[], byte[]> record =
                new ProducerRecord<>(
                        topic,
                        id.partition(),
                        message.record().timestamp(),
                        message.record().key(),
                        message.record().value());
        for (Header header : message.record().headers()) {
            if (!LEFT_OUT.contains(header.key())) {
                record.headers().add(header);
            }
        }
        later.headers().forEach(record.headers()::add);
        record.headers().add(RESCHEDULE, Long.toString(id.id()).getBytes(StandardCharsets.UTF_8));
        try (Sending sending = new Sending(clientConfig(), timeoutMs())) {
            sending.send(record);
        } catch (InvalidRecordException e) {
            throw new Failure(String.valueOf(e.getMessage()), e);
        }
        if (json()) {
            Json.print(terminal().out(), Json.object("rescheduled", id.toString()));
        } else {
            terminal().out().println("Rescheduled " + id);
        }
        return OK;
    }
}
