package io.sluice.system.cluster;

import io.sluice.system.cluster.History.Outcome;
import java.util.ArrayList;
import java.util.List;

/** What transactional producers did, and readers of what is committed saw. Any thread. */
final class TransactionHistory {

    private final List<Transaction> transactions = new ArrayList<>();
    private final List<Read> reads = new ArrayList<>();

    /** One record of a transaction; its value is unique over the whole history. */
    record Written(int partition, long value) {}

    /**
     * One transaction.
     *
     * @param endNanos when its commit was asked for; {@link #NEVER} if only its end was
     * @param outcome {@code OK}: committed; {@code FAIL}: aborted; {@code INFO}: nobody knows
     */
    record Transaction(int producer, List<Written> written, long endNanos, Outcome outcome) {
        static final long NEVER = Long.MAX_VALUE;
    }

    /** One record that a reader of what is committed was given, at a time. */
    record Read(int consumer, int partition, long offset, long value, long nanos) {}

    synchronized void ended(Transaction transaction) {
        transactions.add(transaction);
    }

    synchronized void read(Read read) {
        reads.add(read);
    }

    synchronized List<Transaction> transactions() {
        return List.copyOf(transactions);
    }

    /** In the order in which each reader was given them. */
    synchronized List<Read> reads() {
        return List.copyOf(reads);
    }
}
