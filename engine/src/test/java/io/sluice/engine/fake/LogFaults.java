package io.sluice.engine.fake;

import io.sluice.core.model.TopicPartition;

/** When the disk of a {@link MemoryLogStore} fails. */
public interface LogFaults {

    /** Never. */
    LogFaults NONE = new LogFaults() {};

    default boolean failOpen(TopicPartition partition) {
        return false;
    }

    /** What lies there is not what was written. */
    default boolean damaged(TopicPartition partition) {
        return false;
    }

    /** What is read comes from the device, and is not what was written. */
    default boolean rots(TopicPartition partition) {
        return false;
    }

    default boolean failAppend(TopicPartition partition) {
        return false;
    }

    default boolean failFlush(TopicPartition partition) {
        return false;
    }
}
