package io.sluice.benchmarks.sidebyside;

/** What is measured, in the order of the report. */
enum Metric {
    CPU_S_PER_GB("broker CPU s/GB", "%.3f"),
    CLUSTER_CPU_S_PER_GB("CPU s/GB, three brokers", "%.3f"),
    USER_CPU_S_PER_GB("of it user CPU s/GB", "%.3f"),
    MB_PER_S("MB/s", "%.1f"),
    P50_MS("p50 ms", "%.2f"),
    P99_MS("p99 ms", "%.2f"),
    P999_MS("p99.9 ms", "%.2f"),
    START_MS("ms to first ack", "%.0f"),
    IDLE_MB("resident MB, idle", "%.0f"),
    LOADED_MB("resident MB, loaded", "%.0f"),
    PEAK_MB("resident MB, peak", "%.0f"),
    RECORDS_PER_S("records/s", "%.0f"),
    CPU_S_PER_MILLION("broker CPU s per million records", "%.2f"),
    COMMITS_PER_S("commits/s", "%.0f"),
    CPU_US_PER_COMMIT("broker CPU µs per commit", "%.0f"),
    TRANSACTIONS_PER_S("transactions/s", "%.0f"),
    CPU_US_PER_TRANSACTION("broker CPU µs per transaction", "%.0f"),
    JOIN_MS("ms until all have joined", "%.0f"),
    JOIN_CPU_MS("broker CPU ms", "%.0f"),
    CPU_US_PER_RECORD("CPU µs a record, three brokers", "%.0f"),
    GAP_MEDIAN_MS("ms without an acknowledgement, median", "%.0f"),
    GAP_WORST_MS("ms without an acknowledgement, worst", "%.0f"),
    TIMES("how many", "%.0f"),
    CREATE_S("s to create", "%.1f"),
    SERVED_S("s until each took a record", "%.1f"),
    CREATE_CPU_S("CPU s of it, three brokers", "%.1f"),
    IDLE_CPU_PERCENT("% of a core with nothing to do, three brokers", "%.1f"),
    ALL_RESIDENT_MB("resident MB, all brokers", "%.0f"),
    LOST("partitions that the killed broker led", "%.0f"),
    ELECTED_S("s from kill -9 until each is led", "%.1f"),
    ANSWERS_S("s from kill -9 until each took a record", "%.1f"),
    ELECT_CPU_S("CPU s of it, two brokers", "%.1f"),
    CLUSTER_START_MS("ms, three brokers to the first ack", "%.0f"),
    RESTART_MS("ms, one broker until it is in sync", "%.0f"),
    STRANGER_MS("ms, a fourth until it takes a record", "%.0f");

    private final String title;
    private final String format;

    Metric(String title, String format) {
        this.title = title;
        this.format = format;
    }

    String title() {
        return title;
    }

    String text(double value) {
        return String.format(java.util.Locale.ROOT, format, value);
    }
}
