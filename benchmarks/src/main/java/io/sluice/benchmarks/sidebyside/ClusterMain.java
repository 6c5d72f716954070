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
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** A cluster of three brokers of Sluice beside one of Kafka, on this machine. */
@Command(
        name = "cluster",
        mixinStandardHelpOptions = true,
        description = "Compares a cluster of three Sluice brokers with one of Apache Kafka 4.4.",
        footer = {
            "",
            "Examples",
            "  benchmarks/cluster.sh --out table.md",
            "  benchmarks/cluster.sh --only records --shapes '16k|latency' --pairs 5",
            "  benchmarks/cluster.sh --only failover --kills 20 --peer-kills 20"
        })
public final class ClusterMain implements Callable<Integer> {

    private final Path root = Path.of(System.getProperty("sluice.root", "")).toAbsolutePath();
    private final String command;

    @Option(
            names = "--data",
            paramLabel = "DIR",
            description = "Where data folders are made; on a disk, not in memory.")
    private @Nullable Path data;

    @Option(
            names = "--only",
            paramLabel = "REGEX",
            description = "Only parts whose name matches: records, failover, partitions, start.")
    private Pattern only = Pattern.compile("");

    @Option(
            names = "--shapes",
            paramLabel = "REGEX",
            description = "Of the part records, only what matches: 16k-1p-none ... latency-2000.")
    private Pattern shapes = Pattern.compile("");

    @Option(
            names = "--pairs",
            paramLabel = "N",
            defaultValue = "2",
            description = "Pairs of runs, of records and starts (${DEFAULT-VALUE}).")
    private int pairs = 2;

    @Option(
            names = "--mb",
            paramLabel = "N",
            defaultValue = "300",
            description = "Megabytes of records in a run at most (${DEFAULT-VALUE}).")
    private long megabytes = 300;

    @Option(
            names = "--seconds",
            paramLabel = "N",
            defaultValue = "5",
            description = "Seconds that a run takes at most (${DEFAULT-VALUE}).")
    private long seconds = 5;

    @Option(
            names = "--warm-mb",
            paramLabel = "N",
            defaultValue = "1200",
            description =
                    "Megabytes that a cluster takes before anything counts (${DEFAULT-VALUE}).")
    private long warmMegabytes = 1200;

    @Option(
            names = "--kills",
            paramLabel = "N",
            defaultValue = "20",
            description =
                    "kill -9 of leaders at Sluice (${DEFAULT-VALUE}), and half as many of controllers.")
    private int kills = 20;

    @Option(
            names = "--peer-kills",
            paramLabel = "N",
            defaultValue = "6",
            description = "Likewise at Kafka (${DEFAULT-VALUE}).")
    private int peerKills = 6;

    @Option(
            names = "--partitions",
            paramLabel = "N",
            defaultValue = "10000",
            description = "Partitions in the part of that name (${DEFAULT-VALUE}).")
    private int partitions = 10_000;

    @Option(names = "--alone", description = "Sluice alone: to see what a change does to it.")
    private boolean alone;

    @Option(names = "--out", paramLabel = "FILE", description = "The report, in Markdown.")
    private @Nullable Path out;

    public static void main(String[] args) {
        // The clients log what is of no interest here.
        System.setProperty("slf4j.provider", "org.slf4j.helpers.NOP_FallbackServiceProvider");
        System.setProperty("slf4j.internal.verbosity", "ERROR");
        String command = "benchmarks/cluster.sh " + String.join(" ", args);
        System.exit(new CommandLine(new ClusterMain(command.strip())).execute(args));
    }

    ClusterMain(String command) {
        this.command = command;
    }

    @Override
    public Integer call() throws IOException {
        Work.Bounds bounds = new Work.Bounds(megabytes * 1_000_000, seconds * 1_000_000_000L);
        List<ClusterPart> parts =
                List.of(
                        new RecordsPart(shapes, bounds, warmMegabytes * 1_000_000),
                        new FailoverPart(kills, peerKills),
                        new StartPart(),
                        new PartitionsPart(partitions));
        Path scratch =
                Files.createTempDirectory(
                        Files.createDirectories(
                                data == null ? root.resolve("benchmarks/target/data") : data),
                        "cluster-");
        ClusterSide sluice = new ClusterSide(Peer.Product.SLUICE, root, scratch, false);
        ClusterSide kafka = new ClusterSide(Peer.Product.KAFKA, root, scratch, alone);
        Report report = new Report();
        boolean whole = true;
        try {
            for (ClusterPart part : parts) {
                if (only.matcher(part.name()).find()) {
                    whole &= ran(part, sluice, kafka, report);
                    write(report);
                }
            }
        } finally {
            SideBySide.delete(scratch);
        }
        System.out.println();
        System.out.println(text(report));
        return whole ? 0 : 1;
    }

    /** A part that fails takes its rows with it, and not those of the others. */
    private boolean ran(ClusterPart part, ClusterSide sluice, ClusterSide kafka, Report report) {
        long start = System.nanoTime();
        try {
            part.run(sluice, kafka, pairs, report);
            System.err.printf(
                    Locale.ROOT, "%s: %.0f s%n", part.name(), (System.nanoTime() - start) / 1e9);
            return true;
        } catch (RuntimeException failure) {
            System.err.println(part.name() + " failed");
            failure.printStackTrace();
            return false;
        }
    }

    private void write(Report report) throws IOException {
        if (out != null) {
            Files.writeString(out, text(report));
        }
    }

    private String text(Report report) {
        return "Measured "
                + LocalDate.now(ZoneOffset.UTC)
                + " with `"
                + command
                + "`: "
                + pairs
                + (pairs == 1 ? " pair" : " interleaved pairs")
                + ", "
                + megabytes
                + " MB or "
                + seconds
                + " s a run, "
                + Runtime.getRuntime().availableProcessors()
                + " processors, Java "
                + Runtime.version().feature()
                + ". Medians; the ratio is the median of the pairs' ratios.\n\n"
                + report.markdown("Sluice", "Kafka 4.4.0");
    }

    static void tell(String what, String when, String who, Map<Metric, Double> figures) {
        StringBuilder line = new StringBuilder();
        figures.forEach((metric, value) ->
                line.append("  ").append(metric.title()).append(' ').append(metric.text(value)));
        System.err.printf(Locale.ROOT, "%-26s %-10s %-14s%s%n", what, when, who, line);
    }

    static void pause(long nanos) {
        long until = System.nanoTime() + nanos;
        while (System.nanoTime() - until < 0) {
            LockSupport.parkNanos(until - System.nanoTime());
        }
    }
}
