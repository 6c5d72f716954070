package io.sluice.benchmarks.sidebyside;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Runs every work on both sides in interleaved pairs (left first, then right first), after a
 * warm-up that is not counted, and writes medians and ratios.
 */
@Command(
        name = "side-by-side",
        mixinStandardHelpOptions = true,
        description = "Compares Sluice with Apache Kafka 4.4 on this machine.",
        footer = {
            "",
            "Examples",
            "  benchmarks/side-by-side.sh --list",
            "  benchmarks/side-by-side.sh --only produce-16k --pairs 5",
            "  benchmarks/side-by-side.sh --out docs/performance-table.md"
        })
public final class SideBySide implements Callable<Integer> {

    private final Path root = Path.of(System.getProperty("sluice.root", "")).toAbsolutePath();

    @Option(
            names = "--data",
            paramLabel = "DIR",
            description = "Where data folders are made; on a disk, not in memory.")
    private @Nullable Path data;

    @Option(names = "--only", paramLabel = "REGEX", description = "Only works whose name matches.")
    private Pattern only = Pattern.compile("");

    @Option(
            names = "--pairs",
            paramLabel = "N",
            defaultValue = "3",
            description = "Pairs of runs (${DEFAULT-VALUE}).")
    private int pairs = 3;

    @Option(
            names = "--mb",
            paramLabel = "N",
            defaultValue = "512",
            description = "Megabytes of records in a run at most (${DEFAULT-VALUE}).")
    private long megabytes = 512;

    @Option(
            names = "--seconds",
            paramLabel = "N",
            defaultValue = "20",
            description = "Seconds a run takes at most (${DEFAULT-VALUE}).")
    private long seconds = 20;

    @Option(
            names = "--warm-mb",
            paramLabel = "N",
            defaultValue = "1500",
            description =
                    "Megabytes that each broker takes and gives before anything is counted"
                            + " (${DEFAULT-VALUE}).")
    private long warmMegabytes = 1500;

    @Option(names = "--out", paramLabel = "FILE", description = "The report, in Markdown.")
    private @Nullable Path out;

    @Option(names = "--list", description = "Only list the works.")
    private boolean list;

    @Option(
            names = "--same",
            description = "Kafka on both sides: shows how far this machine can be trusted.")
    private boolean same;

    @Option(
            names = "--against",
            paramLabel = "DIR",
            description = "Another tree of Sluice in place of Kafka: what a change did.")
    private @Nullable Path against;

    public static void main(String[] args) {
        // The clients log what is of no interest here.
        System.setProperty("slf4j.provider", "org.slf4j.helpers.NOP_FallbackServiceProvider");
        System.setProperty("slf4j.internal.verbosity", "ERROR");
        String command = "benchmarks/side-by-side.sh " + String.join(" ", args);
        System.exit(new CommandLine(new SideBySide(command.strip())).execute(args));
    }

    private final String command;
    private final Client client = new Client();

    SideBySide(String command) {
        this.command = command;
    }

    @Override
    public Integer call() throws IOException {
        List<Work> works =
                Works.all().stream().filter(work -> only.matcher(work.name()).find()).toList();
        if (list || works.isEmpty()) {
            works.forEach(work -> System.out.println(work.name()));
            return works.isEmpty() ? 1 : 0;
        }
        Path scratch =
                Files.createTempDirectory(
                        Files.createDirectories(
                                data == null ? root.resolve("benchmarks/target/data") : data),
                        "run-");
        Report report = new Report();
        Peer.Product product = same ? Peer.Product.KAFKA : Peer.Product.SLUICE;
        String left = same ? "Kafka again" : "Sluice";
        String right = against == null ? "Kafka 4.4.0" : "the other tree";
        try (Peer one = new Peer(product, same ? "kafka-again" : "sluice", root, scratch);
                Peer two = other(scratch)) {
            for (Work work : works) {
                run(work, one, two, report);
                write(report.markdown(left, right));
            }
        } finally {
            delete(scratch);
        }
        System.out.println();
        System.out.println(heading() + report.markdown(left, right));
        return 0;
    }

    private Peer other(Path scratch) {
        return against == null
                ? new Peer(Peer.Product.KAFKA, "kafka", root, scratch)
                : new Peer(Peer.Product.SLUICE, "other", against.toAbsolutePath(), scratch);
    }

    private void run(Work work, Peer one, Peer two, Report report) {
        Work.Bounds bounds = new Work.Bounds(megabytes * 1_000_000, seconds * 1_000_000_000L);
        if (!work.countsCold()) {
            for (Peer peer : List.of(one, two)) {
                if (!peer.isWarm()) {
                    warmUp(peer);
                }
            }
            tell(work, "warm-up", one, work.measure(one, client, bounds));
            tell(work, "warm-up", two, work.measure(two, client, bounds));
        }
        for (int pair = 1; pair <= pairs; pair++) {
            boolean oneFirst = pair % 2 == 1;
            Peer first = oneFirst ? one : two;
            Peer second = oneFirst ? two : one;
            Map<Metric, Double> firstFigures = work.measure(first, client, bounds);
            tell(work, "pair " + pair, first, firstFigures);
            Map<Metric, Double> secondFigures = work.measure(second, client, bounds);
            tell(work, "pair " + pair, second, secondFigures);
            report.add(
                    work,
                    oneFirst ? firstFigures : secondFigures,
                    oneFirst ? secondFigures : firstFigures);
        }
    }

    /** A JVM compiles what runs often; a cold one costs two to three times as much. */
    private void warmUp(Peer peer) {
        System.err.println("warming up " + peer.name());
        Work.Bounds bounds = new Work.Bounds(warmMegabytes * 1_000_000 / 2, Long.MAX_VALUE / 4);
        for (Work work : Works.warmUp()) {
            work.measure(peer, client, bounds);
        }
    }

    private static void tell(Work work, String when, Peer peer, Map<Metric, Double> figures) {
        StringBuilder line = new StringBuilder();
        figures.forEach((metric, value) ->
                line.append("  ").append(metric.title()).append(' ').append(metric.text(value)));
        System.err.printf(
                Locale.ROOT, "%-40s %-8s %-11s%s%n", work.name(), when, peer.name(), line);
    }

    private String heading() {
        return "Measured "
                + LocalDate.now(ZoneOffset.UTC)
                + " with `"
                + command
                + "`: "
                + pairs
                + (pairs == 1 ? " pair" : " interleaved pairs")
                + " after a warm-up, "
                + megabytes
                + " MB or "
                + seconds
                + " s a run, "
                + Runtime.getRuntime().availableProcessors()
                + " processors, Java "
                + Runtime.version().feature()
                + ". Medians; the ratio is the median of the pairs' ratios.\n\n";
    }

    private void write(String table) throws IOException {
        if (out != null) {
            Files.writeString(out, heading() + table);
        }
    }

    static void delete(Path folder) throws IOException {
        try (var files = Files.walk(folder)) {
            for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }
}
