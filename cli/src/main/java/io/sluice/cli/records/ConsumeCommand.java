package io.sluice.cli.records;

import io.sluice.cli.client.BrokerCommand;
import io.sluice.cli.client.Cluster;
import io.sluice.cli.client.Failure;
import io.sluice.cli.client.Interruption;
import io.sluice.cli.client.Selection;
import io.sluice.cli.terminal.OutputPipe;
import io.sluice.cli.terminal.Progress;
import io.sluice.cli.terminal.Units;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.time.ZoneId;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Prints records to standard output. */
@Command(
        name = "consume",
        description = {
            "Print records to standard output.",
            "",
            "A record's value a line, byte for byte. It follows new records until Ctrl-C unless --until or"
                    + " --count says where to stop. It reads the partitions by itself, leaves no trace on the broker and disturbs nobody.",
            "",
            "With --group it joins that consumer group, shares the partitions with its other members, goes"
                    + " on where the group stopped and commits what it has printed."
        },
        footer = {
            "  sluice consume orders",
            "  sluice consume orders --from -10 --until end        the last 10 of each partition",
            "  sluice consume orders --from latest --print partition,offset,key,value",
            "  sluice consume orders --from 2026-11-20T08:00 --until 2026-11-20T09:00",
            "  sluice consume orders --count 1 --format json | jq .",
            "  sluice consume orders --group billing               as a member of a group",
            "  sluice consume images --partition 0 --from 42 --count 1 --format raw > picture.png"
        })
public final class ConsumeCommand extends BrokerCommand {

    private static final Duration POLL = Duration.ofMillis(500);
    private static final int FETCH_PARTITION_BYTES = 4 * 1024 * 1024;
    private static final Duration MAX_CLOSE = Duration.ofSeconds(2);

    @Parameters(paramLabel = "TOPIC", description = "Which topic.")
    private String topic = "";

    @Option(
            names = "--from",
            paramLabel = "POSITION",
            defaultValue = "earliest",
            description = {
                "Where to begin: earliest, latest, an offset, a time such as 2026-11-20T08:00 (local) or"
                        + " 2026-11-20T08:00Z, or -N for the last N of each partition"
                        + " (${DEFAULT-VALUE})."
            })
    private String from = "earliest";

    @Option(
            names = {"--until", "--to"},
            paramLabel = "POSITION",
            description = {
                "Where to stop: end (what is there now), an offset (not included) or a time."
            })
    private @Nullable String until;

    @Option(
            names = {"-n", "--count"},
            paramLabel = "N",
            description = "Stop after N records.")
    private @Nullable Long count;

    @Option(names = "--follow", description = "Wait for new records; the default without --until.")
    private boolean follow;

    @Option(
            names = {"-p", "--partition"},
            paramLabel = "N",
            description = "Only this partition; repeatable.")
    private List<Integer> partitions = List.of();

    @Option(
            names = {"-g", "--group"},
            paramLabel = "NAME",
            description = {
                "Read as a member of this consumer group. --from then says where a group begins that"
                        + " has committed nothing: earliest or latest."
            })
    private @Nullable String group;

    @Mixin private PrintOptions print = new PrintOptions();

    private long records;
    private long bytes;

    @Override
    public Integer call() throws IOException {
        Position start = position("--from", from);
        Optional<Position> end = Optional.ofNullable(until).map(text -> position("--until", text));
        if (follow && end.isPresent()) {
            throw badUsage("--follow and --until " + until + " contradict each other: drop one.");
        }
        if (count != null && count < 0) {
            throw badUsage("--count is " + count + ": it cannot be negative.");
        }
        if (group != null) {
            readAsMember(group, start, end.isPresent());
            return OK;
        }
        Span span;
        try (Cluster cluster = cluster()) {
            List<TopicPartition> chosen =
                    Selection.of(Cluster.partitions(cluster.topic(topic)), partitions);
            span = Span.resolve(cluster, chosen, start, end);
        }
        read(span);
        return OK;
    }

    private Position position(String option, String text) {
        return Position.parse(text, ZoneId.systemDefault())
                .orElseThrow(() ->
                        badUsage(
                                option
                                        + " is '"
                                        + text
                                        + "': write earliest, latest, end, an offset, -N or a"
                                        + " time such as 2026-11-20T08:00."));
    }

    private void read(Span span) throws IOException {
        KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(config());
        Interruption stop = new Interruption(consumer::wakeup, MAX_CLOSE);
        OutputPipe pipe = terminal().pipe();
        long startNanos = System.nanoTime();
        Progress progress = new Progress(terminal());
        try (OutputStream out = terminal().bytes()) {
            Set<TopicPartition> open = new HashSet<>(span.from().keySet());
            consumer.assign(open);
            span.from().forEach(consumer::seek);
            open.removeIf(partition -> span.isRead(partition, consumer.position(partition)));
            consumer.assign(open);
            while (!open.isEmpty() && !hasEnough() && !stop.requested() && !pipe.isAbandoned()) {
                ConsumerRecords<byte[], byte[]> polled = consumer.poll(POLL);
                print(polled, span, out);
                // A person or a pipe wants to see what came, not what fills a buffer.
                out.flush();
                if (open.removeIf(
                        partition -> span.isRead(partition, consumer.position(partition)))) {
                    consumer.assign(open);
                }
                if (!terminal().outIsTerminal()) {
                    progress.update(() -> figures(startNanos));
                }
            }
        } catch (WakeupException e) {
            // Ctrl-C: what was read has been printed.
        } catch (OffsetOutOfRangeException e) {
            throw new Failure(
                    "records of '"
                            + topic
                            + "' were deleted while they were read ("
                            + e.offsetOutOfRangePartitions()
                            + "): start again with --from earliest.",
                    e);
        } catch (IOException e) {
            outputFailed(e);
        } finally {
            progress.clear();
            stop.close();
            consumer.close(CloseOptions.timeout(Duration.ZERO));
        }
        if (terminal().errIsTerminal() && !terminal().outIsTerminal()) {
            terminal().err().println("Read " + figures(startNanos));
        }
    }

    private void readAsMember(String name, Position start, boolean bounded) throws IOException {
        boolean earliest = start instanceof Position.Earliest;
        if (!earliest && !(start instanceof Position.Latest)) {
            throw badUsage(
                    "--from is '%s': with --group it is earliest or latest; 'sluice group reset'"
                                    .formatted(from)
                            + " moves a group.");
        }
        if (bounded || !partitions.isEmpty()) {
            throw badUsage("--until and --partition do not go with --group: the group decides.");
        }
        try (Cluster cluster = cluster()) {
            cluster.topic(topic);
        }
        Map<String, Object> config = config();
        config.put(ConsumerConfig.GROUP_ID_CONFIG, name);
        config.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, earliest ? "earliest" : "latest");
        if (count != null) {
            // What is polled beyond the count would be committed and never printed.
            config.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, (int) Math.clamp(count, 1, 5_000));
        }
        KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(config);
        Interruption stop = new Interruption(consumer::wakeup, MAX_CLOSE);
        OutputPipe pipe = terminal().pipe();
        try (OutputStream out = terminal().bytes()) {
            consumer.subscribe(List.of(topic));
            while (!hasEnough() && !stop.requested() && !pipe.isAbandoned()) {
                printAndCommit(consumer, out);
            }
        } catch (WakeupException e) {
            // Ctrl-C: what was printed has been committed.
        } catch (IOException e) {
            outputFailed(e);
        } finally {
            // A member says that it leaves, so that the others take over at once.
            consumer.close(CloseOptions.timeout(MAX_CLOSE));
            stop.close();
        }
    }

    private void printAndCommit(KafkaConsumer<byte[], byte[]> consumer, OutputStream out)
            throws IOException {
        RecordPrinter printer = print.printer(json());
        Map<TopicPartition, OffsetAndMetadata> printed = new HashMap<>();
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
            if (hasEnough()) {
                break;
            }
            printer.print(record, out);
            printed.put(
                    new TopicPartition(record.topic(), record.partition()),
                    new OffsetAndMetadata(
                            record.offset() + 1, record.leaderEpoch(), /* metadata= */ ""));
            records++;
        }
        out.flush();
        if (!printed.isEmpty()) {
            consumer.commitSync(printed);
        }
    }

    private void print(ConsumerRecords<byte[], byte[]> polled, Span span, OutputStream out)
            throws IOException {
        RecordPrinter printer = print.printer(json());
        for (ConsumerRecord<byte[], byte[]> record : polled) {
            if (hasEnough()) {
                return;
            }
            TopicPartition partition = new TopicPartition(record.topic(), record.partition());
            if (span.contains(partition, record.offset())) {
                printer.print(record, out);
                records++;
                bytes += Math.max(0, record.serializedKeySize());
                bytes += Math.max(0, record.serializedValueSize());
            }
        }
    }

    private boolean hasEnough() {
        return count != null && records >= count;
    }

    private String figures(long startNanos) {
        long nanos = System.nanoTime() - startNanos;
        return SendLog.figures(records, bytes, nanos) + " in " + Units.duration(nanos / 1_000_000);
    }

    private Map<String, Object> config() {
        Map<String, Object> config = clientConfig();
        config.put(ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class);
        config.put(ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class);
        config.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        config.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
        config.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "none");
        config.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, 5_000);
        config.put(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, FETCH_PARTITION_BYTES);
        return config;
    }
}
