package io.sluice.storage;

import io.sluice.core.config.TopicConfig;
import io.sluice.core.model.TopicPartition;
import io.sluice.core.model.Uuid;

/**
 * What a log is opened with.
 *
 * @param cutUnfinished a truncation began, and it is not known whether it is on stable storage
 * @param durableEnd everything below it was on stable storage, as far as is known
 * @param logStart the checkpointed log start offset
 * @param highWatermark the checkpointed high watermark
 */
record LogSettings(
        TopicPartition partition,
        Uuid topicId,
        TopicConfig config,
        boolean cutUnfinished,
        long durableEnd,
        long logStart,
        long highWatermark) {}
