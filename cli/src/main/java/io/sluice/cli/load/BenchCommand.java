package io.sluice.cli.load;

import io.sluice.cli.client.BrokerCommand;
import io.sluice.cli.client.Cluster;
import io.sluice.cli.client.DurationConverter;
import io.sluice.cli.client.Interruption;
import io.sluice.cli.client.ProducerOptions;
import io.sluice.cli.client.SizeConverter;
import io.sluice.cli.terminal.Json;
import io.sluice.cli.terminal.Table;
import io.sluice.cli.terminal.Units;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import org.HdrHistogram.Histogram;
import org.apache.kafka.clients.admin.DeleteTopicsOptions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Puts load on a broker and measures. */
@Command(
        name = "bench",
        description = {
            "Put load on a broker and measure it.",
            "",
            "Throughput, the time to an acknowledgement and, with consumers, the time from a producer to"
                    + " a consumer. Without --topic it makes a topic of its own and deletes it at the"
                    + " end.",
            "",
            "A latency counts from when the record was due. With --rate that is what an application"
                    + " sees; at full speed it is mostly the wait in the producer's own buffer."
        },
        footer = {
            "  sluice bench",
            "  sluice bench --records 1000000 --size 1KB --compression lz4",
            "  sluice bench --rate 2000 --duration 30s --linger 0ms --consumers 1",
            "  sluice bench --partitions 12 --producers 2 --consumers 2 --json"
        })
public final class BenchCommand extends BrokerCommand {

    private static final long SECOND_NANOS = 1_000_000_000L;
    private static final Duration TICK = Duration.ofMillis(100);
    private static final Duration POLL = Duration.ofMillis(10);
    private static final Duration MAX_CLOSE = Duration.ofSeconds(10);
    private static final int MAX_DELETE_MS = 5_000;
    private static final Duration MAX_END = MAX_CLOSE.plusMillis(MAX_DELETE_MS);

    @Option(
            names = "--topic",
            paramLabel = "NAME",
            description = "A topic that is there. Without it: a new one, deleted at the end.")
    private @Nullable String topic;

    @Option(
            names = "--partitions",
            paramLabel = "N",
            defaultValue = "1",
            description = "Partitions of the new topic (${DEFAULT-VALUE}).")
    private int partitions = 1;

    @Option(
            names = {"-n", "--records"},
            paramLabel = "N",
            description = "Records to send in all.")
    private @Nullable Long records;

    @Option(
            names = {"-d", "--duration"},
            paramLabel = "DURATION",
            converter = DurationConverter.class,
            description = "How long to send; 10s unless --records is given.")
    private @Nullable Duration duration;

    @Option(
            names = {"-s", "--size"},
            paramLabel = "SIZE",
            defaultValue = "1KB",
            converter = SizeConverter.class,
            description = "The size of a record's value, 8 bytes at least (${DEFAULT-VALUE}).")
    private long size;

    @Option(
            names = {"-r", "--rate"},
            paramLabel = "N",
            defaultValue = "0",
            description = "Records per second over all producers; 0 is as fast as it goes.")
    private double rate;

    @Option(
            names = "--producers",
            paramLabel = "N",
            defaultValue = "1",
            description = "Producers, each with its own connection (${DEFAULT-VALUE}).")
    private int producers = 1;

    @Option(
            names = "--consumers",
            paramLabel = "N",
            defaultValue = "0",
            description = "Consumers that share the partitions (${DEFAULT-VALUE}).")
    private int consumers;

    @Mixin private ProducerOptions sending = new ProducerOptions();

    @Override
    public Integer call() throws InterruptedException {
        validate();
        String name = topic == null ? newName() : topic;
        Load load = new Load(plan(name));
        try (Cluster cluster = cluster();
                Interruption interruption = new Interruption(load::stop, MAX_END)) {
            if (topic == null) {
                create(cluster, name);
            }
            try {
                measure(cluster, load, name);
            } finally {
                if (topic == null) {
                    delete(cluster, name);
                }
            }
            return OK;
        }
    }

    private static String newName() {
        return "bench-" + HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextInt());
    }

    private void create(Cluster cluster, String name) {
        Cluster.await(
                cluster.admin()
                        .createTopics(
                                List.of(
                                        new NewTopic(
                                                name, Optional.of(partitions), Optional.empty())))
                        .all());
    }

    private void validate() {
        if (size < Payloads.MIN_BYTES || size > 64 * 1024 * 1024) {
            throw badUsage("--size is " + Units.size(size) + ": 8 bytes to 64 MB are possible.");
        }
        if (producers < 1 || consumers < 0 || partitions < 1) {
            throw badUsage(
                    "there must be a producer and a partition, and no fewer than 0 consumers.");
        }
        if (rate < 0) {
            throw badUsage("--rate is " + rate + ": it cannot be negative.");
        }
    }

    private static void delete(Cluster cluster, String scratch) {
        try {
            Cluster.await(
                    cluster.admin()
                            .deleteTopics(
                                    List.of(scratch),
                                    new DeleteTopicsOptions().timeoutMs(MAX_DELETE_MS))
                            .all());
        } catch (KafkaException e) {
            // What stopped the bench may have stopped this; the name tells where the topic is from.
        }
    }

    /** However it ends, what was measured until then is reported. */
    private void measure(Cluster cluster, Load load, String name) throws InterruptedException {
        load.start(cluster.offsets(Cluster.partitions(cluster.topic(name)), OffsetSpec.latest()));
        long startNanos = System.nanoTime();
        long nanos;
        try {
            nanos = watch(load, startNanos) - startNanos;
        } finally {
            load.stop();
            load.join(MAX_CLOSE);
        }
        load.acknowledgement.nextInterval();
        load.endToEnd.nextInterval();
        report(load, nanos);
        terminal().out().flush();
        load.check();
    }

    /** Shows a line each second until all is sent and read; returns when sending ended. */
    private long watch(Load load, long startNanos) throws InterruptedException {
        long lineNanos = startNanos;
        long lineRecords = 0;
        while (!load.producersDone(TICK) && !load.hasFailed()) {
            long now = System.nanoTime();
            if (terminal().errIsTerminal() && now - lineNanos >= SECOND_NANOS) {
                long sum = load.acknowledged.sum();
                line(load, now - startNanos, sum - lineRecords, now - lineNanos);
                lineNanos = now;
                lineRecords = sum;
            }
        }
        long endNanos = System.nanoTime();
        long deadline = endNanos + timeout().toNanos();
        while (!load.consumersDone() && System.nanoTime() < deadline) {
            Thread.sleep(POLL);
        }
        return endNanos;
    }

    private void line(Load load, long elapsedNanos, long sent, long nanos) {
        Histogram latencies = load.acknowledgement.nextInterval();
        double perSecond = sent * 1e9 / nanos;
        terminal()
                .err()
                .println(
                        String.format(
                                Locale.ROOT,
                                "%4d s  %9s records/s  %10s/s  p50 %.2f  p99 %.2f  max %.2f ms",
                                elapsedNanos / SECOND_NANOS,
                                Units.count(Math.round(perSecond)),
                                Units.size(perSecond * size),
                                Latencies.millis(latencies, 50),
                                Latencies.millis(latencies, 99),
                                latencies.getMaxValue() / 1e6));
    }

    private void report(Load load, long nanos) {
        long sent = load.acknowledged.sum();
        double seconds = Math.max(nanos, 1) / 1e9;
        if (json()) {
            Json.print(
                    terminal().out(),
                    Json.object(
                            "records",
                            sent,
                            "bytes",
                            sent * size,
                            "seconds",
                            seconds,
                            "recordsPerSecond",
                            sent / seconds,
                            "bytesPerSecond",
                            sent * size / seconds,
                            "acknowledgementMs",
                            Latencies.document(load.acknowledgement.all()),
                            "consumed",
                            load.consumed.sum(),
                            "endToEndMs",
                            consumers == 0 ? null : Latencies.document(load.endToEnd.all())));
            return;
        }
        terminal()
                .out()
                .println(
                        Units.count(sent)
                                + " records of "
                                + Units.size(size)
                                + " in "
                                + Units.duration(nanos / 1_000_000)
                                + ": "
                                + style().bold(
                                                Units.count(Math.round(sent / seconds))
                                                        + " records/s, ")
                                + style().bold(Units.size(sent * size / seconds) + "/s"));
        Table table = new Table("", "P50 MS", "P95", "P99", "P99.9", "MAX").right(1, 2, 3, 4, 5);
        row(table, "acknowledged", load.acknowledgement.all());
        if (consumers > 0) {
            row(table, "received", load.endToEnd.all());
        }
        table.print(terminal().out(), style());
        if (rate == 0) {
            terminal()
                    .out()
                    .println(
                            "At full speed that is mostly the wait in the producer's own buffer;"
                                    + " --rate N shows what an application sees.");
        }
        if (consumers > 0 && load.consumed.sum() < sent) {
            terminal()
                    .err()
                    .println(
                            "Consumers received "
                                    + Units.count(load.consumed.sum())
                                    + " of "
                                    + Units.count(sent)
                                    + " records.");
        }
    }

    private static void row(Table table, String what, Histogram latencies) {
        table.row(
                what,
                text(Latencies.millis(latencies, 50)),
                text(Latencies.millis(latencies, 95)),
                text(Latencies.millis(latencies, 99)),
                text(Latencies.millis(latencies, 99.9)),
                text(latencies.getMaxValue() / 1e6));
    }

    private static String text(double millis) {
        return String.format(Locale.ROOT, "%.2f", millis);
    }

    private Plan plan(String name) {
        Map<String, Object> producer = clientConfig();
        sending.configure(producer, timeoutMs());
        producer.put(
                ProducerConfig.MAX_REQUEST_SIZE_CONFIG,
                Math.max((int) size, sending.batchBytes()) * 2 + 1024);
        Map<String, Object> consumer = clientConfig();
        consumer.put(ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class);
        consumer.put(ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class);
        consumer.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        consumer.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, 5_000);
        boolean bounded = records != null;
        Duration most = duration == null && !bounded ? Duration.ofSeconds(10) : duration;
        return new Plan(
                name,
                records == null ? Long.MAX_VALUE : records,
                most == null ? Long.MAX_VALUE / 2 : most.toNanos(),
                Math.toIntExact(size),
                rate,
                producers,
                consumers,
                producer,
                consumer);
    }
}
