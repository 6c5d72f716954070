package io.sluice.kafka.api;

import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TopicPartition;
import io.sluice.core.transaction.Producer;
import io.sluice.core.transaction.TransactionCommand;
import io.sluice.core.transaction.TransactionReply;
import io.sluice.engine.coordinator.Reply;
import io.sluice.engine.loop.EventLoop;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/** The gate that asks the coordinator of the transactional id. */
public final class CoordinatorGate implements TransactionGate {

    private final TransactionServices transactions;

    public CoordinatorGate(TransactionServices transactions) {
        this.transactions = transactions;
    }

    @Override
    public void admit(
            String transactionalId,
            long producerId,
            short producerEpoch,
            List<TopicPartition> partitions,
            boolean addIfMissing,
            EventLoop loop,
            Consumer<Map<TopicPartition, ErrorCode>> answer) {
        Producer producer = new Producer(producerId, producerEpoch);
        TransactionCommand question =
                addIfMissing
                        ? new TransactionCommand.Add(
                                transactionalId, producer, partitions, TransactionServices.VERSION)
                        : new TransactionCommand.Verify(transactionalId, producer, partitions);
        transactions.ask(
                transactionalId,
                question,
                loop,
                reply -> answer.accept(verdicts(partitions, reply)));
    }

    private static Map<TopicPartition, ErrorCode> verdicts(
            List<TopicPartition> partitions, Reply<TransactionReply> reply) {
        ErrorCode all = ErrorCode.NONE;
        Set<TopicPartition> missing = Set.of();
        switch (reply) {
            case Reply.Refused<TransactionReply>(ErrorCode error) -> all = error;
            case Reply.Answered<TransactionReply>(TransactionReply.Done(ErrorCode error)) ->
                    all = error;
            case Reply.Answered<TransactionReply>(TransactionReply.Verified verified) -> {
                all = verified.error();
                missing = verified.missing();
            }
            case Reply.Answered<TransactionReply> other ->
                    throw new IllegalStateException("an answer to something else: " + other);
        }
        // A partition knows producers by their epoch: that is what it says of one left behind.
        ErrorCode told = all == ErrorCode.PRODUCER_FENCED ? ErrorCode.INVALID_PRODUCER_EPOCH : all;
        Map<TopicPartition, ErrorCode> verdicts = new LinkedHashMap<>();
        for (TopicPartition one : partitions) {
            verdicts.put(one, missing.contains(one) ? ErrorCode.TRANSACTION_ABORTABLE : told);
        }
        return verdicts;
    }
}
