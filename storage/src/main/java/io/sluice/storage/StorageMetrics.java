package io.sluice.storage;

import io.sluice.engine.disk.Disk;
import io.sluice.engine.metrics.MetricSink;
import io.sluice.engine.metrics.MetricSource;
import java.io.IOException;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells of log directories: whether they serve, what is free, how fast they flush. */
final class StorageMetrics implements MetricSource {

    private static final Logger LOG = LoggerFactory.getLogger(StorageMetrics.class);
    private static final String LABEL = "directory";

    private final List<LogDirectory> directories;
    private final Disk disk;

    StorageMetrics(List<LogDirectory> directories, Disk disk) {
        this.directories = directories;
        this.disk = disk;
    }

    @Override
    public void collect(MetricSink sink) {
        for (LogDirectory directory : directories) {
            String path = directory.path().toString();
            sink.gauge(
                    "sluice_log_directory_serving",
                    "1 while the log directory serves, 0 since it failed.",
                    directory.isServing() ? 1.0 : 0.0,
                    LABEL,
                    path);
            sink.gauge(
                    "sluice_log_directory_logs",
                    "Replicas whose log lies in the directory.",
                    directory.logs().get(),
                    LABEL,
                    path);
            sink.histogram(
                    "sluice_flush_duration_seconds",
                    "How long flushes to stable storage took; each serves all appends of a log that"
                            + " waited.",
                    directory.commits().durations(),
                    LABEL,
                    path);
            tellSpace(directory, path, sink);
        }
    }

    private void tellSpace(LogDirectory directory, String path, MetricSink sink) {
        try {
            long total = disk.totalBytes(directory.path());
            long usable = disk.usableBytes(directory.path());
            sink.gauge(
                    "sluice_disk_bytes",
                    "Size of the directory's file system.",
                    total,
                    LABEL,
                    path);
            sink.gauge(
                    "sluice_disk_free_bytes",
                    "What may still be written to the directory's file system.",
                    usable,
                    LABEL,
                    path);
        } catch (IOException e) {
            LOG.debug("{} tells no size", directory.path(), e); // that it failed is told above
        }
    }
}
