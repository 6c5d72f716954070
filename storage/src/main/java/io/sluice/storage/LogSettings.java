package io.sluice.storage;

import io.sluice.core.config.TopicConfig;
import io.sluice.core.model.TopicPartition;
import io.sluice.core.model.Uuid;

/**
 * What a log is opened with.
 *
 * @param recoveryPoint everything below it was on stable storage
 * @param logStart the checkpointed log start offset
 * @param highWatermark the checkpointed high watermark
 * @param clean the directory was shut down cleanly
 */
record LogSettings(
        TopicPartition partition,
        Uuid topicId,
        TopicConfig config,
        long recoveryPoint,
        long logStart,
        long highWatermark,
        boolean clean) {}
