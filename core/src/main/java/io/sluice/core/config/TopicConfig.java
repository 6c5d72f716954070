package io.sluice.core.config;

import io.sluice.core.model.CompressionType;
import io.sluice.core.throttle.ThrottledReplicas;
import java.util.Optional;

/**
 * What a partition obeys: the settings of its topic, resolved from the topic's own values, the
 * broker's and the defaults. Names and meaning are Kafka's; {@code sluice.*} are our own.
 *
 * <p>Times are in milliseconds, sizes in bytes; {@code -1} means "no limit" for retention.
 *
 * @param compressed the codec batches are stored with; empty keeps the producer's
 * @param compact {@code cleanup.policy} holds "compact"
 * @param delete {@code cleanup.policy} holds "delete"
 * @param delayEnable whether records may be delayed by their headers ({@code sluice.delay.enable})
 * @param leaderThrottled {@code leader.replication.throttled.replicas}
 * @param followerThrottled {@code follower.replication.throttled.replicas}
 */
public record TopicConfig(
        boolean compact,
        boolean delete,
        Optional<CompressionType> compressed,
        int gzipLevel,
        int lz4Level,
        int zstdLevel,
        long deleteRetentionMs,
        long fileDeleteDelayMs,
        long flushMessages,
        long flushMs,
        FlushMode flush,
        int indexIntervalBytes,
        int maxMessageBytes,
        long maxCompactionLagMs,
        long minCompactionLagMs,
        double minCleanableDirtyRatio,
        long timestampBeforeMaxMs,
        long timestampAfterMaxMs,
        boolean logAppendTime,
        int minInsyncReplicas,
        boolean preallocate,
        long retentionBytes,
        long retentionMs,
        int segmentBytes,
        int segmentIndexBytes,
        long segmentJitterMs,
        long segmentMs,
        boolean uncleanLeaderElection,
        RecordValidation validateRecords,
        boolean delayEnable,
        ThrottledReplicas leaderThrottled,
        ThrottledReplicas followerThrottled) {

    /** When an append counts as stored ({@code sluice.flush}). */
    public enum FlushMode {
        /** On stable storage, by group commit. */
        COMMIT,
        /** In the operating system's page cache. */
        OS
    }

    /** How far a produced batch is looked into ({@code sluice.validate.records}). */
    public enum RecordValidation {
        /** The header and the CRC. */
        BATCH,
        /** Every record too, decompressing where needed. */
        RECORDS
    }

    /** Without replicas that are held back. */
    public TopicConfig(
            boolean compact,
            boolean delete,
            Optional<CompressionType> compressed,
            int gzipLevel,
            int lz4Level,
            int zstdLevel,
            long deleteRetentionMs,
            long fileDeleteDelayMs,
            long flushMessages,
            long flushMs,
            FlushMode flush,
            int indexIntervalBytes,
            int maxMessageBytes,
            long maxCompactionLagMs,
            long minCompactionLagMs,
            double minCleanableDirtyRatio,
            long timestampBeforeMaxMs,
            long timestampAfterMaxMs,
            boolean logAppendTime,
            int minInsyncReplicas,
            boolean preallocate,
            long retentionBytes,
            long retentionMs,
            int segmentBytes,
            int segmentIndexBytes,
            long segmentJitterMs,
            long segmentMs,
            boolean uncleanLeaderElection,
            RecordValidation validateRecords) {
        this(
                compact,
                delete,
                compressed,
                gzipLevel,
                lz4Level,
                zstdLevel,
                deleteRetentionMs,
                fileDeleteDelayMs,
                flushMessages,
                flushMs,
                flush,
                indexIntervalBytes,
                maxMessageBytes,
                maxCompactionLagMs,
                minCompactionLagMs,
                minCleanableDirtyRatio,
                timestampBeforeMaxMs,
                timestampAfterMaxMs,
                logAppendTime,
                minInsyncReplicas,
                preallocate,
                retentionBytes,
                retentionMs,
                segmentBytes,
                segmentIndexBytes,
                segmentJitterMs,
                segmentMs,
                uncleanLeaderElection,
                validateRecords,
                true,
                ThrottledReplicas.NONE,
                ThrottledReplicas.NONE);
    }

    /** Kafka's defaults, with Sluice's own stance on flushing. */
    public static final TopicConfig DEFAULT =
            new TopicConfig(
                    false,
                    true,
                    Optional.empty(),
                    -1,
                    9,
                    3,
                    86_400_000L,
                    60_000L,
                    Long.MAX_VALUE,
                    Long.MAX_VALUE,
                    FlushMode.COMMIT,
                    4096,
                    1_048_588,
                    Long.MAX_VALUE,
                    0L,
                    0.5,
                    Long.MAX_VALUE,
                    3_600_000L,
                    false,
                    1,
                    false,
                    -1L,
                    604_800_000L,
                    1_073_741_824,
                    10_485_760,
                    0L,
                    604_800_000L,
                    false,
                    RecordValidation.BATCH);
}
