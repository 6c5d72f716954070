package io.sluice.engine.transaction;

import io.sluice.core.model.TopicPartition;
import io.sluice.engine.loop.EventLoop;
import io.sluice.engine.partition.OtherLeaders;
import java.nio.ByteBuffer;
import java.util.function.Consumer;

/**
 * Port to the other brokers, for half messages: the records of a transaction, the topics of
 * questions and answers and the coordinator may each be somewhere else. Any thread may call. What
 * is lost on the way comes again with the next question.
 */
public interface Elsewhere extends OtherLeaders {

    /**
     * Reads from where the open transaction of a producer begins.
     *
     * @param brokerId who leads the partition
     * @param found batches one after the other, on {@code replyOn}, once; empty if there are none
     */
    void firstBatches(
            int brokerId,
            TopicPartition partition,
            long producerId,
            int maxBytes,
            EventLoop replyOn,
            Consumer<ByteBuffer> found);

    /**
     * Brings an answer to a transaction's coordinator.
     *
     * @param brokerId who coordinates it
     * @param loop from which it is sent
     */
    void settle(int brokerId, TransactionName transaction, boolean commit, EventLoop loop);
}
