package io.sluice.benchmarks.sidebyside;

import io.sluice.benchmarks.sidebyside.Client.Batching;
import io.sluice.benchmarks.sidebyside.Work.Bar;
import java.util.ArrayList;
import java.util.List;

/** What is measured, in this order, and what Sluice is to reach. */
final class Works {

    private static final int SMALL = 16 * 1024;
    private static final int LARGE = 128 * 1024;
    private static final int FILL_MS = 20;
    private static final List<String> CODECS = List.of("none", "lz4", "zstd");

    private Works() {}

    static List<Work> all() {
        List<Work> works = new ArrayList<>();
        works.add(
                new StartWork(
                        "start",
                        List.of(atMost(Metric.START_MS, 1000), atMost(Metric.IDLE_MB, 150))));
        for (String codec : CODECS) {
            works.add(produce("produce-16k-1p-" + codec, SMALL, codec, 1, 1, 0.3));
        }
        for (String codec : CODECS) {
            works.add(produce("produce-128k-1p-" + codec, LARGE, codec, 1, 1, 0.6));
        }
        for (String codec : CODECS) {
            works.add(produce("produce-16k-12p-" + codec, SMALL, codec, 12, 2, 0.6));
        }
        works.add(consume("consume-16k-1p-none", SMALL, "none", 1, 1));
        works.add(consume("consume-128k-1p-none", LARGE, "none", 1, 1));
        works.add(consume("consume-128k-1p-lz4", LARGE, "lz4", 1, 1));
        works.add(consume("consume-16k-12p-none", SMALL, "none", 12, 2));
        works.add(
                new ProduceWork(
                        "flush-16k-1p",
                        new Batching(SMALL, "none", FILL_MS),
                        1,
                        1,
                        true,
                        List.of(ratio(Metric.MB_PER_S, false, 5))));
        works.add(
                new ProduceWork(
                        "flush-128k-1p",
                        new Batching(LARGE, "none", FILL_MS),
                        1,
                        1,
                        true,
                        List.of()));
        works.add(new LatencyWork("latency-2000-unflushed", 2000, false, false, List.of()));
        works.add(new LatencyWork("latency-2000-both-flushed", 2000, true, true, List.of()));
        works.add(
                new LatencyWork(
                        "latency-2000-sluice-flushed-kafka-not",
                        2000,
                        true,
                        false,
                        List.of(ratio(Metric.P99_MS, true, 1))));
        works.add(commit("commits-unflushed", false));
        works.add(commit("commits-sluice-flushed-kafka-not", true));
        for (int records : List.of(1, 10, 100)) {
            works.add(transactions("transactions-" + records + "-unflushed", records, false));
        }
        works.add(transactions("transactions-10-sluice-flushed-kafka-not", 10, true));
        for (String protocol : List.of("classic", "consumer")) {
            works.add(
                    new JoinWork(
                            "join-500-" + protocol,
                            protocol,
                            500,
                            List.of(
                                    ratio(Metric.JOIN_MS, true, 1),
                                    ratio(Metric.JOIN_CPU_MS, true, 0.5))));
        }
        works.add(new MemoryWork("memory", List.of(atMost(Metric.LOADED_MB, 500))));
        return works;
    }

    /** What a broker does before anything is counted. */
    static List<Work> warmUp() {
        return List.of(
                produce("warm-16k", SMALL, "none", 1, 1, 1),
                consume("warm-consume", LARGE, "none", 1, 1));
    }

    private static Work produce(
            String name, int batch, String codec, int partitions, int producers, double bar) {
        return new ProduceWork(
                name,
                new Batching(batch, codec, FILL_MS),
                partitions,
                producers,
                false,
                List.of(ratio(Metric.CPU_S_PER_GB, true, bar)));
    }

    private static Work commit(String name, boolean sluiceFlushed) {
        return new CommitWork(
                name,
                16,
                sluiceFlushed,
                List.of(
                        ratio(Metric.COMMITS_PER_S, false, 1),
                        ratio(Metric.CPU_US_PER_COMMIT, true, 0.5)));
    }

    private static Work transactions(String name, int records, boolean sluiceFlushed) {
        return new TransactionWork(
                name,
                8,
                records,
                sluiceFlushed,
                List.of(
                        ratio(Metric.TRANSACTIONS_PER_S, false, 1),
                        ratio(Metric.CPU_US_PER_TRANSACTION, true, 0.6),
                        ratio(Metric.P50_MS, true, 1)));
    }

    private static Work consume(
            String name, int batch, String codec, int partitions, int consumers) {
        return new ConsumeWork(
                name,
                new Batching(batch, codec, FILL_MS),
                partitions,
                consumers,
                List.of(ratio(Metric.CPU_S_PER_GB, true, 0.6)));
    }

    private static Bar ratio(Metric metric, boolean atMost, double bound) {
        return new Bar(metric, true, atMost, bound);
    }

    private static Bar atMost(Metric metric, double bound) {
        return new Bar(metric, false, true, bound);
    }
}
