package io.sluice.benchmarks.sidebyside;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Work queues: how fast a full one is drained by 1, 4 and 16 consumers, at what cost to the broker,
 * and how long a record takes from its sender to its consumer at a steady rate. Kafka keeps what it
 * acknowledges in the page cache and RabbitMQ on disk; Sluice runs once like each.
 */
@Command(
        name = "queues",
        mixinStandardHelpOptions = true,
        description =
                "Compares Sluice's queues with share groups of Apache Kafka 4.4 and with RabbitMQ.",
        footer = {
            "",
            "Examples",
            "  benchmarks/queues.sh --out queues-table.md",
            "  benchmarks/queues.sh --peers kafka --consumers 4 --pairs 5"
        })
public final class QueuesMain implements Callable<Integer> {

    private static final long SETTLE_NANOS = 1_000_000_000L;

    /** Long enough for the members of a new group to have joined. */
    private static final int UNCOUNTED_SECONDS = 8;

    private static final List<Work.Bar> DRAINED =
            List.of(
                    new Work.Bar(Metric.RECORDS_PER_S, true, false, 1),
                    new Work.Bar(Metric.CPU_S_PER_MILLION, true, true, 0.5));
    private static final List<Work.Bar> DELIVERED =
            List.of(new Work.Bar(Metric.P99_MS, true, true, 1));

    private final Path root = Path.of(System.getProperty("sluice.root", "")).toAbsolutePath();
    private final String command;

    @Option(names = "--data", paramLabel = "DIR", description = "Where data folders are made.")
    private @Nullable Path data;

    @Option(
            names = "--peers",
            split = ",",
            paramLabel = "NAME",
            defaultValue = "kafka,rabbitmq",
            description =
                    "Beside whom (${DEFAULT-VALUE}): kafka, rabbitmq, rabbitmq-quorum, and the last two"
                            + " with -perf-test behind: their own load generator drives them.")
    private List<String> peers = List.of();

    @Option(
            names = "--only",
            paramLabel = "REGEX",
            description = "Only works whose name matches: drain-1, ... latency-2000-by-4.")
    private Pattern only = Pattern.compile("");

    @Option(
            names = "--consumers",
            split = ",",
            paramLabel = "N",
            defaultValue = "1,4,16",
            description = "Consumers that drain a queue (${DEFAULT-VALUE}).")
    private List<Integer> consumers = List.of();

    @Option(
            names = "--records",
            paramLabel = "N",
            defaultValue = "400000",
            description = "Records in a queue that is drained (${DEFAULT-VALUE}).")
    private long records = 400_000;

    @Option(
            names = "--warm",
            paramLabel = "N",
            defaultValue = "1000000",
            description = "Records that each broker has passed before anything counts.")
    private long warm = 1_000_000;

    @Option(
            names = "--rate",
            paramLabel = "N",
            defaultValue = "2000",
            description = "Records a second while latency is measured (${DEFAULT-VALUE}).")
    private int rate = 2_000;

    @Option(
            names = "--seconds",
            paramLabel = "N",
            defaultValue = "15",
            description = "Seconds that a run takes at most (${DEFAULT-VALUE}).")
    private long seconds = 15;

    @Option(
            names = "--pairs",
            paramLabel = "N",
            defaultValue = "3",
            description = "Pairs of runs (${DEFAULT-VALUE}).")
    private int pairs = 3;

    @Option(
            names = "--idle",
            paramLabel = "N",
            description = "Sluice alone with so many queues that nobody uses, and nothing else.")
    private int idle;

    @Option(
            names = "--keys",
            paramLabel = "N",
            description =
                    "Sluice alone in the order of so many keys: one stuck, one consumer slow.")
    private long keys;

    @Option(names = "--out", paramLabel = "FILE", description = "The report, in Markdown.")
    private @Nullable Path out;

    public static void main(String[] args) {
        // The clients log what is of no interest here.
        System.setProperty("slf4j.provider", "org.slf4j.helpers.NOP_FallbackServiceProvider");
        System.setProperty("slf4j.internal.verbosity", "ERROR");
        String command = "benchmarks/queues.sh " + String.join(" ", args);
        System.exit(new CommandLine(new QueuesMain(command.strip())).execute(args));
    }

    QueuesMain(String command) {
        this.command = command;
    }

    @Override
    public Integer call() throws IOException {
        Path scratch =
                Files.createTempDirectory(
                        Files.createDirectories(
                                data == null ? root.resolve("benchmarks/target/data") : data),
                        "queues-");
        StringBuilder text = new StringBuilder(heading());
        try {
            if (keys > 0) {
                try (Peer own = new Peer(Peer.Product.SLUICE, "keys", root, scratch)) {
                    new StuckKey(own.warm(), keys, rate, (int) seconds).measure(pairs);
                }
                return 0;
            }
            if (idle > 0) {
                Peer own = new Peer(Peer.Product.SLUICE, "idle", root, scratch);
                new IdleQueues(own, idle).measure();
                return 0;
            }
            for (String peer : peers) {
                text.append(beside(peer, scratch)).append('\n');
                if (out != null) {
                    Files.writeString(out, text);
                }
            }
        } finally {
            SideBySide.delete(scratch);
        }
        System.out.println();
        System.out.println(text);
        return 0;
    }

    private String beside(String peer, Path scratch) {
        boolean kafka = peer.equals("kafka");
        Peer own = new Peer(Peer.Product.SLUICE, "sluice-" + peer, root, scratch);
        try (QueueSide ours = new ShareSide(kafka ? "Sluice" : "Sluice on disk", own, !kafka);
                QueueSide theirs = peer(peer, scratch)) {
            Report report = new Report();
            warmUp(ours);
            warmUp(theirs);
            for (int number : consumers) {
                Measured drained = new ClusterPart.Row("drain-" + number, DRAINED);
                pairs(drained, ours, theirs, side -> drain(side, number), report);
            }
            int number = consumers.get(consumers.size() / 2);
            Measured delivered =
                    new ClusterPart.Row("latency-%d-by-%d".formatted(rate, number), DELIVERED);
            pairs(delivered, ours, theirs, side -> deliver(side, number), report);
            return report.markdown(ours.name(), theirs.name());
        }
    }

    private QueueSide peer(String name, Path scratch) {
        return switch (name) {
            case "kafka" ->
                    new ShareSide(
                            "Kafka 4.4.0",
                            new Peer(Peer.Product.KAFKA, "kafka", root, scratch),
                            false);
            case "rabbitmq" -> new RabbitSide(root, scratch.resolve(name), "classic");
            case "rabbitmq-quorum" -> new RabbitSide(root, scratch.resolve(name), "quorum");
            case "rabbitmq-perf-test" -> new PerfTestSide(root, scratch.resolve(name), "classic");
            case "rabbitmq-quorum-perf-test" ->
                    new PerfTestSide(root, scratch.resolve(name), "quorum");
            default ->
                    throw new IllegalArgumentException(
                            "there is no peer %s: kafka, rabbitmq[-quorum][-perf-test]"
                                    .formatted(name));
        };
    }

    private interface Run {
        Map<Metric, Double> of(QueueSide side);
    }

    private void pairs(Measured work, QueueSide ours, QueueSide theirs, Run run, Report report) {
        if (!only.matcher(work.name()).find()) {
            return;
        }
        for (int pair = 1; pair <= pairs; pair++) {
            List<QueueSide> order = new ArrayList<>(List.of(ours, theirs));
            Map<QueueSide, Map<Metric, Double>> got = new LinkedHashMap<>();
            for (QueueSide side : pair % 2 == 0 ? order.reversed() : order) {
                Map<Metric, Double> figures = run.of(side);
                ClusterMain.tell(work.name(), "pair " + pair, side.name(), figures);
                got.put(side, figures);
            }
            report.add(work, got.getOrDefault(ours, Map.of()), got.getOrDefault(theirs, Map.of()));
        }
    }

    private void warmUp(QueueSide side) {
        String queue = "warm-up";
        side.create(queue);
        side.fill(queue, warm);
        ClusterMain.tell(
                "warm-up",
                "",
                side.name(),
                QueueRuns.drained(side, queue, 4, warm, Long.MAX_VALUE / 4));
        side.warmed();
        side.delete(queue);
    }

    private Map<Metric, Double> drain(QueueSide side, int number) {
        String queue = "drain-%d-%d".formatted(number, System.nanoTime());
        side.create(queue);
        side.fill(queue, records);
        ClusterMain.pause(SETTLE_NANOS);
        Map<Metric, Double> figures =
                side.drained(queue, number, records, seconds * 1_000_000_000L);
        side.delete(queue);
        return figures;
    }

    private Map<Metric, Double> deliver(QueueSide side, int number) {
        String queue = "latency-" + System.nanoTime();
        side.create(queue);
        Map<Metric, Double> figures =
                side.delivered(queue, number, rate, UNCOUNTED_SECONDS, (int) seconds);
        side.delete(queue);
        return figures;
    }

    private String heading() {
        return "Measured "
                + LocalDate.now(ZoneOffset.UTC)
                + " with `"
                + command
                + "`: "
                + pairs
                + " interleaved pairs after a warm-up, records of "
                + QueueRecord.BYTES
                + " bytes, "
                + Runtime.getRuntime().availableProcessors()
                + " processors, Java "
                + Runtime.version().feature()
                + ". Medians; the ratio is the median of the pairs' ratios.\n\n";
    }
}
