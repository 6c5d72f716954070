package io.sluice.benchmarks.sidebyside;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * RabbitMQ as its own load generator, PerfTest, drives and sees it: what a run tells of each of its
 * seconds. The median of the seconds counts; the broker's CPU is of the whole run.
 */
final class PerfTestSide extends RabbitSide {

    private static final Pattern RECEIVED =
            Pattern.compile("time ([\\d.]+) s, .*received: (\\d+) msg/s");
    private static final Pattern LATENCY =
            Pattern.compile("consumer latency: \\d+/(\\d+)/\\d+/\\d+/(\\d+) µs");

    private final Path script;
    private final Path output;

    PerfTestSide(Path root, Path data, String type) {
        super(root, data, type);
        script = root.resolve("benchmarks/peer-rabbitmq/perf-test.sh");
        output = data.resolve("perf-test.out");
        run("--prepare");
    }

    @Override
    public String name() {
        return super.name() + ", by PerfTest";
    }

    /** One of its seconds. */
    private record Second(double at, double received, double p50Micros, double p99Micros) {}

    private List<Second> run(String... options) {
        List<String> command = new ArrayList<>(List.of(script.toString()));
        command.addAll(List.of(options));
        try {
            Process process =
                    new ProcessBuilder(command)
                            .redirectErrorStream(true)
                            .redirectOutput(output.toFile())
                            .start();
            int exit = process.waitFor();
            if (exit != 0) {
                throw new IllegalStateException("PerfTest exited with " + exit + ": see " + output);
            }
            return seconds();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private List<Second> seconds() throws IOException {
        List<Second> all = new ArrayList<>();
        for (String line : Files.readAllLines(output)) {
            Matcher received = RECEIVED.matcher(line);
            Matcher latency = LATENCY.matcher(line);
            if (received.find() && latency.find()) {
                all.add(
                        new Second(
                                Double.parseDouble(received.group(1)),
                                Double.parseDouble(received.group(2)),
                                Double.parseDouble(latency.group(1)),
                                Double.parseDouble(latency.group(2))));
            }
        }
        return all;
    }

    private static double median(List<Second> of, ToDoubleFunction<Second> what) {
        double[] sorted = of.stream().mapToDouble(what).sorted().toArray();
        return sorted.length == 0 ? Double.NaN : Report.median(sorted);
    }

    /** What consumers take from a queue that is there, as those of this process do. */
    private List<Second> run(String queue, int producers, int consumers, long s, String... more) {
        List<String> options =
                new ArrayList<>(
                        List.of(
                                "--uri=" + uri(),
                                "--predeclared",
                                "--queue=" + queue,
                                "--producers=" + producers,
                                "--consumers=" + consumers,
                                "--qos=" + PREFETCH,
                                "--multi-ack-every=" + ACKNOWLEDGED_TOGETHER,
                                "--time=" + s));
        options.addAll(List.of(more));
        return run(options.toArray(String[]::new));
    }

    @Override
    public Map<Metric, Double> drained(String queue, int number, long records, long maxNanos) {
        ProcessFigures before = figures();
        List<Second> seconds = run(queue, 0, number, maxNanos / 1_000_000_000L);
        ProcessFigures used = figures().since(before);
        // The first second has the start of the consumers in it; later ones may find it empty.
        List<Second> busy = seconds.stream().skip(1).filter(one -> one.received > 0).toList();
        Map<Metric, Double> figures = new EnumMap<>(Metric.class);
        figures.put(Metric.RECORDS_PER_S, median(busy, Second::received));
        figures.put(Metric.CPU_S_PER_MILLION, used.totalSeconds() * 1e6 / (records - ready(queue)));
        return figures;
    }

    @Override
    public Map<Metric, Double> delivered(
            String queue, int number, int rate, int uncounted, int seconds) {
        ProcessFigures before = figures();
        List<Second> all =
                run(
                        queue,
                        1,
                        number,
                        uncounted + seconds,
                        "--rate=" + rate,
                        "--flag=persistent",
                        "--size=" + QueueRecord.BYTES,
                        "--confirm=" + CONFIRMED_TOGETHER);
        ProcessFigures used = figures().since(before);
        List<Second> counted = all.stream().filter(one -> one.at > uncounted).toList();
        double records = all.stream().mapToDouble(Second::received).sum();
        Map<Metric, Double> figures = new EnumMap<>(Metric.class);
        figures.put(Metric.P50_MS, median(counted, Second::p50Micros) / 1e3);
        figures.put(Metric.P99_MS, median(counted, Second::p99Micros) / 1e3);
        figures.put(Metric.CPU_S_PER_MILLION, used.totalSeconds() * 1e6 / records);
        return figures;
    }
}
