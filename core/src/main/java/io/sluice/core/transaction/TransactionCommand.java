package io.sluice.core.transaction;

import io.sluice.core.model.TopicPartition;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** What may be asked of the coordinator of transactions. */
public sealed interface TransactionCommand {

    /** No fresh producer id is given: the answer is {@link TransactionReply.NeedsId} if one is. */
    long NO_ID = Transaction.NO_ID;

    /** What a producer asks about its transactional id. */
    sealed interface OfProducer extends TransactionCommand {
        String id();
    }

    /**
     * A producer begins (InitProducerId).
     *
     * @param timeoutMs what it asks for
     * @param twoPhase an outside coordinator ends its transactions (KIP-939)
     * @param known what the producer was before, if it was (KIP-360)
     * @param freshId a producer id that nobody has, or {@link #NO_ID}
     */
    record Begin(String id, int timeoutMs, boolean twoPhase, Optional<Producer> known, long freshId)
            implements OfProducer {}

    /**
     * Partitions take part (AddPartitionsToTxn, AddOffsetsToTxn, and with version 2 the first write
     * itself).
     *
     * @param version the transaction version that the producer speaks
     */
    record Add(String id, Producer producer, List<TopicPartition> partitions, short version)
            implements OfProducer {}

    /** Whether partitions take part (AddPartitionsToTxn, to verify only). */
    record Verify(String id, Producer producer, List<TopicPartition> partitions)
            implements OfProducer {}

    /**
     * A producer ends its transaction (EndTxn).
     *
     * @param version the transaction version that the producer speaks
     * @param freshId a producer id that nobody has, or {@link #NO_ID}
     */
    record End(String id, Producer producer, boolean commit, short version, long freshId)
            implements OfProducer {}

    /**
     * Markers are written to all partitions of a prepared transaction.
     *
     * @param producer as the markers have it
     */
    record Marked(String id, Producer producer, boolean commit) implements OfProducer {}

    /**
     * Asks for prepared transactions whose markers are to be written; waits until there are some.
     * Each is given once in the life of the machine, so a machine that was loaded gives all.
     */
    record AwaitMarkers() implements TransactionCommand {}

    /**
     * The outcome of a half message, told by who knows it. Of no effect unless that very
     * transaction is still open.
     *
     * @param startMs when it began
     * @param freshId a producer id that nobody has, or {@link #NO_ID}
     */
    record Settle(String id, Producer producer, long startMs, boolean commit, long freshId)
            implements OfProducer {}

    /** Asks for questions about transactions; waits until there are some. */
    record AwaitQuestions() implements TransactionCommand {}

    /**
     * Names transactions (ListTransactions).
     *
     * @param states empty for all
     * @param producerIds empty for all
     * @param olderThanMs negative for all
     */
    record ListAll(Set<TransactionState> states, Set<Long> producerIds, long olderThanMs)
            implements TransactionCommand {}

    /** Shows a transaction (DescribeTransactions). */
    record Describe(String id) implements TransactionCommand {}
}
