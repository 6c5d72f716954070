package io.sluice.storage;

/**
 * How a store keeps house. Intervals in milliseconds.
 *
 * @param maxOpenFiles segment files open at once (sluice.max.open.files)
 * @param checkpointIntervalMs recovery points and log starts
 * @param highWatermarkIntervalMs high watermarks
 * @param retentionIntervalMs looks for what may go (log.retention.check.interval.ms)
 * @param cleanerIntervalMs looks for what to compact (log.cleaner.backoff.ms)
 * @param cleanerEnabled whether compaction runs (log.cleaner.enable)
 * @param cleanerBufferBytes memory of the cleaner's offset map (log.cleaner.dedupe.buffer.size)
 * @param flushGatherNanos how long a flush waits for appends that are about to share it
 * @param flushesForRoom flushes of a log after which its file is made longer ahead of small writes
 * @param producerExpirationMs how long a silent producer is remembered (producer.id.expiration.ms)
 */
public record LogStoreSettings(
        int maxOpenFiles,
        long checkpointIntervalMs,
        long highWatermarkIntervalMs,
        long retentionIntervalMs,
        long cleanerIntervalMs,
        boolean cleanerEnabled,
        int cleanerBufferBytes,
        long flushGatherNanos,
        int flushesForRoom,
        long producerExpirationMs) {

    public static final LogStoreSettings DEFAULT =
            new LogStoreSettings(
                    4096, 10_000L, 5_000L, 300_000L, 15_000L, true, 32 << 20, 0L, 32, 86_400_000L);
}
