package io.sluice.engine.partition;

import io.sluice.core.config.TopicConfig;
import io.sluice.core.config.TopicConfig.FlushMode;

/** Settings for tests. */
public final class Configs {

    private Configs() {}

    static TopicConfig flush(TopicConfig of, FlushMode mode, long flushMessages) {
        return with(of, mode, flushMessages, of.minInsyncReplicas());
    }

    public static TopicConfig inSync(TopicConfig of, int minInsyncReplicas) {
        return with(of, of.flush(), of.flushMessages(), minInsyncReplicas);
    }

    private static TopicConfig with(
            TopicConfig of, FlushMode mode, long flushMessages, int minInsyncReplicas) {
        return new TopicConfig(
                of.compact(),
                of.delete(),
                of.compressed(),
                of.gzipLevel(),
                of.lz4Level(),
                of.zstdLevel(),
                of.deleteRetentionMs(),
                of.fileDeleteDelayMs(),
                flushMessages,
                of.flushMs(),
                mode,
                of.indexIntervalBytes(),
                of.maxMessageBytes(),
                of.maxCompactionLagMs(),
                of.minCompactionLagMs(),
                of.minCleanableDirtyRatio(),
                of.timestampBeforeMaxMs(),
                of.timestampAfterMaxMs(),
                of.logAppendTime(),
                minInsyncReplicas,
                of.preallocate(),
                of.retentionBytes(),
                of.retentionMs(),
                of.segmentBytes(),
                of.segmentIndexBytes(),
                of.segmentJitterMs(),
                of.segmentMs(),
                of.uncleanLeaderElection(),
                of.validateRecords(),
                of.delayEnable(),
                of.leaderThrottled(),
                of.followerThrottled());
    }
}
