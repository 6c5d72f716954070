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

    /** Where a read from an offset ends, as at the end of a segment; above the offset. */
    default long readEnd(TopicPartition partition, long offset) {
        return Long.MAX_VALUE;
    }

    /** A mistake made on purpose: deliveries are not among what a schedule reads. */
    default boolean hidesDeliveries(TopicPartition partition) {
        return false;
    }

    /** A mistake made on purpose: how much too high the floor of the schedule is. */
    default long floorAhead(TopicPartition partition) {
        return 0L;
    }

    /** A mistake made on purpose: nobody is told what was aborted. */
    default boolean hidesAborted(TopicPartition partition) {
        return false;
    }
}
