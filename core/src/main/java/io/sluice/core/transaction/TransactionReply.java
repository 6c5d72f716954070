package io.sluice.core.transaction;

import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TopicPartition;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;

/** What the coordinator of transactions answers. */
public sealed interface TransactionReply {

    /** Whether it worked; the answer to Add and Marked. */
    record Done(ErrorCode error) implements TransactionReply {}

    /** Ask again with a fresh producer id. Nothing has changed. */
    record NeedsId() implements TransactionReply {}

    /**
     * The answer to Begin and End.
     *
     * @param producer to go on as; {@link Producer#NONE} with an error
     */
    record Granted(ErrorCode error, Producer producer) implements TransactionReply {

        static Granted refused(ErrorCode error) {
            return new Granted(error, Producer.NONE);
        }
    }

    /**
     * The answer to Verify.
     *
     * @param error for all partitions
     * @param missing those that do not take part
     */
    record Verified(ErrorCode error, Set<TopicPartition> missing) implements TransactionReply {}

    /** The answer to AwaitMarkers. */
    record Owed(List<Markers> transactions) implements TransactionReply {}

    /**
     * Markers that are to be written.
     *
     * @param producer as the markers have it
     * @param version the transaction version
     */
    record Markers(
            String id,
            Producer producer,
            boolean commit,
            short version,
            SortedSet<TopicPartition> partitions) {

        static Markers of(Transaction prepared) {
            return new Markers(
                    prepared.id(),
                    prepared.producer(),
                    prepared.state() == TransactionState.PREPARE_COMMIT,
                    prepared.version(),
                    prepared.partitions());
        }
    }

    /** The answer to AwaitQuestions. */
    record Asked(List<Question> questions) implements TransactionReply {}

    /**
     * What became of that transaction?
     *
     * @param attempt from 1; one more than {@link CheckBack#attempts} says that it was aborted
     */
    record Question(
            String id,
            Producer producer,
            long startMs,
            SortedSet<TopicPartition> partitions,
            CheckBack policy,
            int attempt) {

        static Question about(Transaction ongoing, CheckBack policy, int attempt) {
            return new Question(
                    ongoing.id(),
                    ongoing.producer(),
                    ongoing.startMs(),
                    ongoing.partitions(),
                    policy,
                    attempt);
        }

        /** Nobody has answered in time: the transaction is aborted. */
        public boolean isReport() {
            return attempt > policy.attempts();
        }
    }

    record Listed(List<Transaction> transactions) implements TransactionReply {}

    record Described(Optional<Transaction> transaction) implements TransactionReply {}
}
