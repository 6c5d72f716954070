package io.sluice.core.transaction;

/** What is remembered. The last event of a transactional id tells all about it. */
public sealed interface TransactionEvent {

    /** The transaction as it is now. */
    record Stored(Transaction transaction) implements TransactionEvent {}

    /** The transactional id is forgotten. */
    record Removed(String id) implements TransactionEvent {}
}
