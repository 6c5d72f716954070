package io.sluice.kafka.api;

import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TopicPartition;
import io.sluice.engine.loop.EventLoop;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * The way from a produce request to the coordinator of its transaction. Asked before the first
 * batch of a transaction goes into a partition, so that no transaction opens there of which its
 * coordinator does not know, and which nobody would end (KIP-890). Any thread.
 */
@FunctionalInterface
public interface TransactionGate {

    /**
     * Asks whether partitions belong to the ongoing transaction of a producer.
     *
     * @param addIfMissing takes those in that do not (transaction version 2: Produce 12 and above);
     *     else only asks
     * @param loop where the answer comes
     * @param answer one verdict for each partition: NONE once it is durably part of the
     *     transaction, or the coordinator's error as it is (INVALID_TXN_STATE,
     *     TRANSACTION_ABORTABLE, INVALID_PRODUCER_EPOCH, INVALID_PRODUCER_ID_MAPPING,
     *     CONCURRENT_TRANSACTIONS, NOT_COORDINATOR ...). What that is to a client of some version
     *     is the asker's to tell. Called once.
     */
    void admit(
            String transactionalId,
            long producerId,
            short producerEpoch,
            List<TopicPartition> partitions,
            boolean addIfMissing,
            EventLoop loop,
            Consumer<Map<TopicPartition, ErrorCode>> answer);
}
