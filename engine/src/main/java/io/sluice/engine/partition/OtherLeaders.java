package io.sluice.engine.partition;

import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TopicPartition;
import io.sluice.engine.loop.EventLoop;
import java.nio.ByteBuffer;
import java.util.function.Consumer;

/** Port to brokers that lead what this one writes to, as a producer does. Any thread may call. */
public interface OtherLeaders {

    /** Whether that is a broker, and not this one. */
    boolean isOther(int brokerId);

    /**
     * Appends a batch.
     *
     * @param brokerId who leads the partition
     * @param done on {@code replyOn}, once: NONE when it is committed
     */
    void append(
            int brokerId,
            TopicPartition partition,
            ByteBuffer batch,
            EventLoop replyOn,
            Consumer<ErrorCode> done);
}
