package io.sluice.cli.records;

import io.sluice.cli.client.BrokerCommand;
import io.sluice.cli.client.Cluster;
import io.sluice.cli.client.Explanation;
import io.sluice.cli.client.Failure;
import io.sluice.cli.client.KeyValues;
import io.sluice.cli.client.ProducerOptions;
import io.sluice.cli.terminal.Json;
import io.sluice.cli.terminal.Progress;
import io.sluice.cli.terminal.Units;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Sends records from standard input. */
@Command(
        name = "produce",
        description = {
            "Send records from standard input.",
            "",
            "A line is a record's value, byte for byte. With --format json each line is an object with key, value, headers, partition and"
                    + " timestamp (key64 and value64 for bytes in base64), as 'consume --format json'"
                    + " prints them. With --format raw the whole input is one record."
        },
        footer = {
            "  echo 'hello' | sluice produce orders",
            "  sluice produce orders --key-separator : < pairs.txt",
            "  sluice consume orders --until end --format json | sluice produce copy --format json",
            "  printf '7:NULL\\n' | sluice produce users --key-separator : --null NULL",
            "  sluice produce images --format raw --header type=image/png < picture.png",
            "  echo 'remind me' | sluice produce orders --delay 10m",
            "  echo 'good morning' | sluice produce orders --cron '0 9 * * MON-FRI' --cron-zone Europe/Berlin"
        })
public final class ProduceCommand extends BrokerCommand {

    /** Bounds what waits to be sent; reading stops while it is full. */
    private static final long BUFFER_BYTES = 2L * LineReader.MAX_LINE_BYTES;

    /** A broker's word is the bound, not the client's. */
    private static final int MAX_REQUEST_BYTES = LineReader.MAX_LINE_BYTES + 1024 * 1024;

    @Parameters(paramLabel = "TOPIC", description = "Where to.")
    private String topic = "";

    @Option(
            names = {"-f", "--format"},
            paramLabel = "FORMAT",
            defaultValue = "text",
            description = "${COMPLETION-CANDIDATES} (${DEFAULT-VALUE}).")
    private RecordFormat format = RecordFormat.text;

    @Option(
            names = {"-k", "--key-separator"},
            paramLabel = "TEXT",
            description = "What ends the key in a line, for example : or \\t. Without it, no keys.")
    private @Nullable String keySeparator;

    @Option(
            names = "--headers",
            description = "Lines start with headers: name:value,name:value and a tab.")
    private boolean headers;

    @Option(
            names = {"-H", "--header"},
            paramLabel = "NAME=VALUE",
            converter = KeyValues.Converter.class,
            description = "A header for every record; repeatable.")
    private List<KeyValues.Pair> fixedHeaders = List.of();

    @Option(
            names = "--null",
            paramLabel = "MARKER",
            description = "A key or value that equals this is null (a tombstone, as a value).")
    private @Nullable String marker;

    @Option(
            names = {"-p", "--partition"},
            paramLabel = "N",
            description = "The partition. Without it the key decides, or the client spreads.")
    private @Nullable Integer partition;

    @Mixin private DelayOptions later = new DelayOptions();

    @Mixin private ProducerOptions sending = new ProducerOptions();

    @Option(
            names = "--idempotent",
            negatable = true,
            defaultValue = "true",
            fallbackValue = "true",
            description = "A retry never stores a record twice; needs --acks all (on).")
    private boolean idempotent = true;

    @Override
    public Integer call() throws IOException {
        if (partition != null && partition < 0) {
            throw badUsage("--partition is " + partition + ": partitions count from 0.");
        }
        if (!later.fault().isEmpty()) {
            throw badUsage(later.fault());
        }
        try (Cluster cluster = cluster()) {
            int partitions = cluster.topic(topic).partitions().size();
            if (later.given()) {
                later.check(cluster, topic);
            }
            if (partition != null && partition >= partitions) {
                throw new Failure(
                        "'"
                                + topic
                                + "' has no partition "
                                + partition
                                + ": it has 0 to "
                                + (partitions - 1)
                                + ".");
            }
        }
        long startNanos = System.nanoTime();
        SendLog log = new SendLog();
        try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(config())) {
            Progress progress = new Progress(terminal());
            try {
                sendAll(producer, log, progress, startNanos);
                producer.flush();
            } finally {
                progress.clear();
                if (log.failure().isPresent()) {
                    producer.close(Duration.ZERO);
                }
            }
        }
        report(log, System.nanoTime() - startNanos);
        return log.failure().isPresent() ? FAILED : OK;
    }

    private Map<String, Object> config() {
        Map<String, Object> config = clientConfig();
        sending.configure(config, timeoutMs());
        config.put(
                ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, idempotent && sending.canBeIdempotent());
        config.put(ProducerConfig.BUFFER_MEMORY_CONFIG, BUFFER_BYTES);
        config.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, MAX_REQUEST_BYTES);
        return config;
    }

    private void sendAll(
            KafkaProducer<byte[], byte[]> producer, SendLog log, Progress progress, long startNanos)
            throws IOException {
        LineReader lines = new LineReader(terminal().in());
        if (format == RecordFormat.raw) {
            send(producer, log, new ProducerRecord<>(topic, partition, null, lines.rest()), 1);
            return;
        }
        RecordParser parser = parser();
        byte[] line;
        while (log.failure().isEmpty() && (line = lines.next()) != null) {
            ProducerRecord<byte[], byte[]> record;
            try {
                record = parser.parse(line);
            } catch (RecordParser.MalformedRecord e) {
                log.refused(lines.number(), e);
                return;
            }
            send(producer, log, record, lines.number());
            progress.update(() -> log.figures(System.nanoTime() - startNanos));
        }
    }

    private RecordParser parser() {
        return format == RecordFormat.json
                ? new JsonParser(topic, partition)
                : new TextParser(
                        topic,
                        partition,
                        Optional.ofNullable(keySeparator).map(Separator::bytes),
                        Optional.ofNullable(marker).map(m -> m.getBytes(StandardCharsets.UTF_8)),
                        headers);
    }

    private void send(
            KafkaProducer<byte[], byte[]> producer,
            SendLog log,
            ProducerRecord<byte[], byte[]> record,
            long line) {
        for (Header header : fixedHeaders()) {
            record.headers().add(header);
        }
        try {
            producer.send(record, (metadata, error) -> log.answered(line, record, error));
        } catch (KafkaException e) {
            log.refused(line, e);
        }
    }

    private List<Header> fixedHeaders() {
        List<Header> list = new ArrayList<>(fixedHeaders.size());
        for (KeyValues.Pair pair : fixedHeaders) {
            list.add(new RecordHeader(pair.key(), pair.value().getBytes(StandardCharsets.UTF_8)));
        }
        list.addAll(later.headers());
        return list;
    }

    private void report(SendLog log, long nanos) {
        if (json()) {
            Json.print(
                    terminal().out(),
                    Json.object(
                            "records", log.records(),
                            "bytes", log.bytes(),
                            "seconds", nanos / 1e9,
                            "failed", log.failed(),
                            "failedLine", log.failure().map(SendLog.LineError::line).orElse(null)));
        } else {
            terminal()
                    .err()
                    .println(
                            "Sent "
                                    + log.figures(nanos)
                                    + " in "
                                    + Units.duration(nanos / 1_000_000));
        }
        log.failure()
                .ifPresent(
                        failure -> terminal().err().println("sluice: " + complaint(log, failure)));
    }

    private String complaint(SendLog log, SendLog.LineError failure) {
        String sentence = "line " + failure.line() + ": " + reason(failure.error());
        if (failure.error() instanceof RecordParser.MalformedRecord) {
            return sentence;
        }
        return Explanation.ended(sentence)
                + " All lines before it were acknowledged; "
                + (log.failed() == 1 ? "1 record was" : Units.count(log.failed()) + " were")
                + " not, and may be stored or not.";
    }

    private String reason(Exception error) {
        return error instanceof RecordParser.MalformedRecord
                ? error.getMessage() + ". Nothing after it was sent."
                : Explanation.of(error, bootstrap(), timeout());
    }
}
