package io.sluice.storage;

import io.sluice.core.config.TopicConfig;

/** Settings of a topic with a few changed, for tests. */
record Configs(
        boolean compact,
        boolean delete,
        int segmentBytes,
        long segmentMs,
        int indexIntervalBytes,
        long retentionBytes,
        long retentionMs,
        long flushMessages,
        long flushMs) {

    static final Configs DEFAULT =
            new Configs(
                    false,
                    true,
                    TopicConfig.DEFAULT.segmentBytes(),
                    TopicConfig.DEFAULT.segmentMs(),
                    TopicConfig.DEFAULT.indexIntervalBytes(),
                    -1L,
                    -1L,
                    Long.MAX_VALUE,
                    Long.MAX_VALUE);

    static Configs segments(int bytes) {
        return new Configs(
                false, true, bytes, Long.MAX_VALUE, 200, -1, -1, Long.MAX_VALUE, Long.MAX_VALUE);
    }

    Configs retaining(long bytes, long ms) {
        return new Configs(
                compact,
                delete,
                segmentBytes,
                segmentMs,
                indexIntervalBytes,
                bytes,
                ms,
                flushMessages,
                flushMs);
    }

    Configs rollingAfter(long ms) {
        return new Configs(
                compact,
                delete,
                segmentBytes,
                ms,
                indexIntervalBytes,
                retentionBytes,
                retentionMs,
                flushMessages,
                flushMs);
    }

    Configs compacting() {
        return new Configs(
                true,
                false,
                segmentBytes,
                segmentMs,
                indexIntervalBytes,
                retentionBytes,
                retentionMs,
                flushMessages,
                flushMs);
    }

    Configs flushing(long messages, long ms) {
        return new Configs(
                compact,
                delete,
                segmentBytes,
                segmentMs,
                indexIntervalBytes,
                retentionBytes,
                retentionMs,
                messages,
                ms);
    }

    TopicConfig build() {
        TopicConfig base = TopicConfig.DEFAULT;
        return new TopicConfig(
                compact,
                delete,
                base.compressed(),
                base.gzipLevel(),
                base.lz4Level(),
                base.zstdLevel(),
                compact ? 50L : base.deleteRetentionMs(),
                base.fileDeleteDelayMs(),
                flushMessages,
                flushMs,
                base.flush(),
                indexIntervalBytes,
                base.maxMessageBytes(),
                base.maxCompactionLagMs(),
                base.minCompactionLagMs(),
                base.minCleanableDirtyRatio(),
                base.timestampBeforeMaxMs(),
                base.timestampAfterMaxMs(),
                base.logAppendTime(),
                base.minInsyncReplicas(),
                base.preallocate(),
                retentionBytes,
                retentionMs,
                segmentBytes,
                base.segmentIndexBytes(),
                0L,
                segmentMs,
                base.uncleanLeaderElection(),
                base.validateRecords());
    }
}
