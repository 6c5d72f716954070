package io.sluice.cli.queue;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.cli.records.RecordPrinter;
import io.sluice.cli.terminal.Terminal;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.clients.consumer.AcknowledgeType;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

final class WorkCommandTest {

    private static final int OFTEN_MS = 50;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private final RecordPrinter printer = (record, to) -> to.write(record.value());

    private WorkCommand command(String line) {
        return new WorkCommand(
                line, printer, Terminal.of(new ByteArrayInputStream(new byte[0]), out, err));
    }

    private static ConsumerRecord<byte[], byte[]> record(byte[] value) {
        return new ConsumerRecord<>("jobs", 3, 42L, "k".getBytes(StandardCharsets.UTF_8), value);
    }

    private AcknowledgeType after(String line) {
        byte[] value = "work".getBytes(StandardCharsets.UTF_8);
        return command(line).work(record(value), OFTEN_MS, () -> {});
    }

    @Test
    void theExitStatusSaysWhatBecameOfTheRecord() {
        assertThat(after("true")).isEqualTo(AcknowledgeType.ACCEPT);
        assertThat(after("exit 65")).isEqualTo(AcknowledgeType.REJECT);
        assertThat(after("exit 1")).isEqualTo(AcknowledgeType.RELEASE);
        assertThat(after("/there/is/none")).isEqualTo(AcknowledgeType.RELEASE);
        assertThat(err.toString(StandardCharsets.UTF_8)).contains("/there/is/none");
    }

    @Test
    void theRecordIsItsInputAndItsEnvironmentTellsTheRest() {
        after("cat; echo \" $SLUICE_TOPIC $SLUICE_PARTITION $SLUICE_OFFSET $SLUICE_KEY\"");
        assertThat(out.toString(StandardCharsets.UTF_8)).isEqualTo("work jobs 3 42 k\n");
    }

    @Test
    void whoReadsNothingOfALargeRecordHasDoneItAllTheSame() {
        assertThat(command("true").work(record(new byte[1 << 20]), OFTEN_MS, () -> {}))
                .isEqualTo(AcknowledgeType.ACCEPT);
    }

    @Test
    @Timeout(60)
    void whenItIsStoppedAllThatItBeganEndsAndTheRecordIsReleased() {
        WorkCommand command = command("sleep 600; true");
        assertThat(command.work(record(new byte[1]), OFTEN_MS, command::stop))
                .isEqualTo(AcknowledgeType.RELEASE);
    }
}
