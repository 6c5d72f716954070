package io.sluice.cli.queue;

import io.sluice.cli.client.BrokerCommand;
import io.sluice.cli.client.Cluster;
import io.sluice.cli.client.DurationConverter;
import io.sluice.cli.client.Interruption;
import io.sluice.cli.records.PrintOptions;
import io.sluice.cli.records.RecordPrinter;
import io.sluice.cli.terminal.OutputPipe;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.AcknowledgeType;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Works on a queue as a member of its share group. */
@Command(
        name = "consume",
        description = {
            "Take records from a queue as a member of its share group, print them, or run a command for"
                    + " each, and say what became of them.",
            "",
            "What is printed is accepted, unless --then says otherwise. With --exec the command's exit"
                    + " status decides: 0 accepts the record, 65 (its data are wrong) rejects it, any other releases it: it is delivered again. The"
                    + " record is the command's input, in the --format that is asked for; SLUICE_TOPIC, _PARTITION, _OFFSET, _TIMESTAMP, _DELIVERY and _KEY tell the rest. While"
                    + " it runs the record's lock is renewed.",
            "",
            "It goes on until Ctrl-C unless --count or --idle says where to stop. A group that is new begins behind"
                    + " the last record: 'sluice config set group NAME share.auto.offset.reset=earliest' has it begin at the first."
        },
        footer = {
            "  sluice queue consume --topic orders --group packers",
            "  sluice queue consume -t jobs -g workers --exec ./work.sh",
            "  sluice queue consume -t jobs -g workers --exec 'jq -e .id' --format json --idle 5s",
            "  sluice queue consume -t orders -g packers --count 1 --then reject"
        })
final class QueueConsume extends BrokerCommand {

    private static final Duration MAX_CLOSE = Duration.ofSeconds(4);
    private static final int AT_ONCE = 500;

    /** What becomes of what was printed. */
    enum Then {
        accept(AcknowledgeType.ACCEPT),
        release(AcknowledgeType.RELEASE),
        reject(AcknowledgeType.REJECT);

        private final AcknowledgeType type;

        Then(AcknowledgeType type) {
            this.type = type;
        }
    }

    @Mixin private QueueName queue = new QueueName();

    @Option(
            names = {"-n", "--count"},
            paramLabel = "N",
            description = "Stop after N records.")
    private @Nullable Long count;

    @Option(
            names = "--idle",
            paramLabel = "DURATION",
            converter = DurationConverter.class,
            description = "Stop when no record came for so long.")
    private @Nullable Duration idle;

    @Option(
            names = "--then",
            paramLabel = "WHAT",
            description = "What becomes of what was printed: ${COMPLETION-CANDIDATES} (accept).")
    private @Nullable Then then;

    @Option(
            names = "--exec",
            paramLabel = "COMMAND",
            description = "Run this command of the shell for each record, instead of printing it.")
    private @Nullable String command;

    @Mixin private PrintOptions print = new PrintOptions();

    private long records;
    private boolean unsettled;

    @Override
    public Integer call() throws IOException {
        if (command != null && then != null) {
            throw badUsage("--exec and --then contradict each other: drop one.");
        }
        if (count != null && count < 0) {
            throw badUsage("--count is " + count + ": it cannot be negative.");
        }
        try (Cluster cluster = cluster()) {
            cluster.topic(queue.topic());
        }
        QueueMember member = new QueueMember(config(), queue.topic(), timeout(), this::complain);
        RecordPrinter printer = print.printer(json());
        WorkCommand work = command == null ? null : new WorkCommand(command, printer, terminal());
        Interruption stop = new Interruption(() -> end(member, work), MAX_CLOSE);
        try (OutputStream out = terminal().bytes()) {
            consume(
                    member,
                    stop,
                    taken -> {
                        if (work == null) {
                            print(member, taken, printer, out);
                        } else {
                            work(member, taken, work);
                        }
                    });
        } catch (WakeupException e) {
            // Ctrl-C: what is not settled is delivered again.
        } catch (IOException e) {
            outputFailed(e);
        } finally {
            member.close();
            stop.close();
        }
        return unsettled ? FAILED : OK;
    }

    private static void end(QueueMember member, @Nullable WorkCommand work) {
        member.wakeup();
        if (work != null) {
            work.stop();
        }
    }

    /** What is done with records that were taken. */
    private interface Use {
        void of(List<ConsumerRecord<byte[], byte[]>> taken) throws IOException;
    }

    private void consume(QueueMember member, Interruption stop, Use use) throws IOException {
        OutputPipe pipe = terminal().pipe();
        long cameNanos = System.nanoTime();
        while (!hasEnough() && !isIdle(cameNanos) && !stop.requested() && !pipe.isAbandoned()) {
            List<ConsumerRecord<byte[], byte[]>> taken = member.take();
            if (!taken.isEmpty()) {
                use.of(taken);
                records += taken.size();
                cameNanos = System.nanoTime();
            }
        }
    }

    /** They are printed before they are said to be done. */
    private void print(
            QueueMember member,
            List<ConsumerRecord<byte[], byte[]>> taken,
            RecordPrinter printer,
            OutputStream out)
            throws IOException {
        for (ConsumerRecord<byte[], byte[]> record : taken) {
            printer.print(record, out);
        }
        out.flush();
        member.settle(taken, (then == null ? Then.accept : then).type);
    }

    private static void work(
            QueueMember member, List<ConsumerRecord<byte[], byte[]>> taken, WorkCommand work) {
        for (ConsumerRecord<byte[], byte[]> record : taken) {
            AcknowledgeType became =
                    work.work(record, Math.max(1, member.lockMs() / 3), () -> member.renew(record));
            member.settle(List.of(record), became);
        }
    }

    private void complain(String why) {
        unsettled = true;
        terminal().err().println("A record was worked on and is delivered again: " + why);
    }

    private boolean hasEnough() {
        return count != null && records >= count;
    }

    private boolean isIdle(long cameNanos) {
        return idle != null && System.nanoTime() - cameNanos >= idle.toNanos();
    }

    private Map<String, Object> config() {
        Map<String, Object> config = clientConfig();
        config.put(ConsumerConfig.GROUP_ID_CONFIG, queue.group());
        config.put(ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class);
        config.put(ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class);
        config.put("share.acknowledgement.mode", "explicit");
        if (count != null || command != null) {
            // What is taken and not worked on would have to go back, as if it had failed.
            config.put("share.acquire.mode", "record_limit");
            config.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, 1);
        } else {
            config.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, AT_ONCE);
        }
        return config;
    }
}
