package io.sluice.engine.transaction;

import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TopicPartition;
import io.sluice.core.model.TransactionMarker;
import io.sluice.engine.loop.EventLoop;
import java.util.function.Consumer;

/** Where markers go: the partitions, wherever they are led. Any thread may call. */
@FunctionalInterface
public interface MarkerTarget {

    /**
     * Writes a marker. Written again, it changes nothing.
     *
     * @param done called once, on {@code replyOn}: NONE when the marker is committed,
     *     INVALID_PRODUCER_EPOCH if the partition knows a later one of the producer
     */
    void write(
            TopicPartition partition,
            TransactionMarker marker,
            EventLoop replyOn,
            Consumer<ErrorCode> done);
}
