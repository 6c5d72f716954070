package io.sluice.core.transaction;

import static io.sluice.core.transaction.TransactionCommand.NO_ID;

import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TopicPartition;
import io.sluice.core.transaction.TransactionReply.Done;
import io.sluice.core.transaction.TransactionReply.Granted;
import io.sluice.core.transaction.TransactionReply.NeedsId;
import io.sluice.core.transaction.TransactionReply.Verified;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What a producer may do with its transactional id. Error codes are those of Kafka 4. Where Kafka
 * tells a producer to come again because markers are still being written, the command waits: the
 * coordinator bounds that and tells it then.
 */
final class Rules {

    /** Partitions of one transaction; more are refused. */
    static final int MAX_PARTITIONS = 20_000;

    private final TransactionSettings settings;

    Rules(TransactionSettings settings) {
        this.settings = settings;
    }

    /**
     * @param known null if the transactional id is not
     */
    Verdict judge(@Nullable Transaction known, TransactionCommand.OfProducer command, long nowMs) {
        return switch (command) {
            case TransactionCommand.Begin begin -> begin(known, begin, nowMs);
            case TransactionCommand.Add add -> add(known, add, nowMs);
            case TransactionCommand.Verify verify -> verify(known, verify);
            case TransactionCommand.End end -> end(known, end, nowMs);
            case TransactionCommand.Marked marked -> marked(known, marked, nowMs);
            case TransactionCommand.Settle settle -> settle(known, settle, nowMs);
        };
    }

    /** What a command that waited in vain is told. */
    static TransactionReply tooLong(TransactionCommand.OfProducer command) {
        return switch (command) {
            case TransactionCommand.Begin begin ->
                    Granted.refused(ErrorCode.CONCURRENT_TRANSACTIONS);
            case TransactionCommand.End end -> Granted.refused(ErrorCode.CONCURRENT_TRANSACTIONS);
            case TransactionCommand.Verify verify ->
                    new Verified(ErrorCode.CONCURRENT_TRANSACTIONS, Set.of());
            case TransactionCommand.Add add -> new Done(ErrorCode.CONCURRENT_TRANSACTIONS);
            case TransactionCommand.Marked marked -> new Done(ErrorCode.CONCURRENT_TRANSACTIONS);
            case TransactionCommand.Settle settle ->
                    Granted.refused(ErrorCode.CONCURRENT_TRANSACTIONS);
        };
    }

    private Verdict begin(@Nullable Transaction known, TransactionCommand.Begin begin, long nowMs) {
        if (begin.id().isEmpty()) {
            return Verdict.refused(ErrorCode.INVALID_REQUEST);
        }
        if (begin.twoPhase() && !settings.twoPhase()) {
            return Verdict.refused(ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED);
        }
        boolean validTimeout =
                begin.timeoutMs() > 0 && begin.timeoutMs() <= settings.maxTimeoutMs();
        if (!begin.twoPhase() && !validTimeout) {
            return Verdict.refused(ErrorCode.INVALID_TRANSACTION_TIMEOUT);
        }
        int timeoutMs = begin.twoPhase() ? Transaction.NO_TIMEOUT : begin.timeoutMs();
        if (known == null) {
            return begin.freshId() == NO_ID
                    ? Verdict.answer(new NeedsId())
                    : granted(Transaction.made(begin.id(), begin.freshId(), timeoutMs, nowMs));
        }
        if (known.state().isPrepared()) {
            return Verdict.await();
        }
        Optional<Producer> was = begin.known();
        if (known.state() == TransactionState.ONGOING) {
            // A zombie must not end what its successor does.
            return was.isEmpty() || was.get().equals(known.producer())
                    ? Verdict.storeAndAwait(known.fenced(settings.version(), nowMs))
                    : Verdict.refused(ErrorCode.PRODUCER_FENCED);
        }
        if (was.isPresent() && known.isBefore(was.get())) {
            return Verdict.answer(new Granted(ErrorCode.NONE, known.producer()));
        }
        // After a fence nobody has the epoch: whoever had the one before is left behind.
        if (was.isPresent() && !was.get().equals(known.producer())) {
            return Verdict.refused(ErrorCode.PRODUCER_FENCED);
        }
        short raised = was.isPresent() ? known.epoch() : Transaction.NO_EPOCH;
        if (!known.isExhausted()) {
            return granted(known.begun(timeoutMs, raised, nowMs));
        }
        return begin.freshId() == NO_ID
                ? Verdict.answer(new NeedsId())
                : granted(known.rotated(begin.freshId(), timeoutMs, raised, nowMs));
    }

    private static Verdict granted(Transaction next) {
        return Verdict.store(next, new Granted(ErrorCode.NONE, next.producerAfterwards()));
    }

    /** Whether that producer may do something now, or why not. */
    private static ErrorCode check(@Nullable Transaction known, Producer producer) {
        if (known == null) {
            return ErrorCode.INVALID_PRODUCER_ID_MAPPING;
        }
        if (known.state().isPrepared() && producer.equals(known.producerAfterwards())) {
            return ErrorCode.CONCURRENT_TRANSACTIONS;
        }
        if (known.producerId() != producer.id()) {
            return ErrorCode.INVALID_PRODUCER_ID_MAPPING;
        }
        return known.epoch() == producer.epoch() ? ErrorCode.NONE : ErrorCode.PRODUCER_FENCED;
    }

    private static Verdict add(
            @Nullable Transaction known, TransactionCommand.Add add, long nowMs) {
        if (add.id().isEmpty()) {
            return Verdict.done(ErrorCode.INVALID_REQUEST);
        }
        ErrorCode error = check(known, add.producer());
        if (error == ErrorCode.CONCURRENT_TRANSACTIONS) {
            return Verdict.await();
        }
        if (error != ErrorCode.NONE || known == null) {
            return Verdict.done(error);
        }
        if (known.partitions().containsAll(add.partitions())) {
            return Verdict.done(ErrorCode.NONE);
        }
        Transaction next = known.added(add.partitions(), add.version(), nowMs);
        return next.partitions().size() > MAX_PARTITIONS
                ? Verdict.done(ErrorCode.POLICY_VIOLATION)
                : Verdict.store(next, new Done(ErrorCode.NONE));
    }

    private static Verdict verify(@Nullable Transaction known, TransactionCommand.Verify verify) {
        if (verify.id().isEmpty()) {
            return Verdict.answer(new Verified(ErrorCode.INVALID_REQUEST, Set.of()));
        }
        ErrorCode error = check(known, verify.producer());
        if (error != ErrorCode.NONE || known == null) {
            return Verdict.answer(new Verified(error, Set.of()));
        }
        Set<TopicPartition> missing = new TreeSet<>(verify.partitions());
        missing.removeAll(known.partitions());
        return Verdict.answer(new Verified(ErrorCode.NONE, missing));
    }

    private static Verdict end(
            @Nullable Transaction known, TransactionCommand.End end, long nowMs) {
        if (end.id().isEmpty()) {
            return Verdict.refused(ErrorCode.INVALID_REQUEST);
        }
        if (known == null) {
            return Verdict.refused(ErrorCode.INVALID_PRODUCER_ID_MAPPING);
        }
        return end.version() >= Transaction.FIRST_WITH_EPOCHS
                ? endWithEpochs(known, end, nowMs)
                : endWithout(known, end, nowMs);
    }

    /** Version 0 and 1: the epoch stays, so a repeated end is known by the state alone. */
    private static Verdict endWithout(Transaction known, TransactionCommand.End end, long nowMs) {
        ErrorCode error = check(known, end.producer());
        if (error != ErrorCode.NONE && error != ErrorCode.CONCURRENT_TRANSACTIONS) {
            return Verdict.refused(error);
        }
        return switch (known.state()) {
            case ONGOING ->
                    Verdict.store(
                            known.prepared(end.commit(), end.version(), NO_ID, nowMs),
                            new Granted(ErrorCode.NONE, known.producer()));
            case COMPLETE_COMMIT, COMPLETE_ABORT ->
                    wasSame(known, end)
                            ? Verdict.answer(new Granted(ErrorCode.NONE, known.producer()))
                            : Verdict.refused(ErrorCode.INVALID_TXN_STATE);
            case PREPARE_COMMIT, PREPARE_ABORT ->
                    Verdict.refused(
                            wasSame(known, end)
                                    ? ErrorCode.CONCURRENT_TRANSACTIONS
                                    : ErrorCode.INVALID_TXN_STATE);
            case EMPTY, DEAD, PREPARE_EPOCH_FENCE -> Verdict.refused(ErrorCode.INVALID_TXN_STATE);
        };
    }

    private static boolean wasSame(Transaction known, TransactionCommand.End end) {
        boolean committed =
                known.state() == TransactionState.COMPLETE_COMMIT
                        || known.state() == TransactionState.PREPARE_COMMIT;
        return committed == end.commit();
    }

    /**
     * Version 2 (KIP-890): the epoch rises with every end, so a repeated end is known by its epoch,
     * and one of the present epoch is an end of what came after.
     */
    private static Verdict endWithEpochs(
            Transaction known, TransactionCommand.End end, long nowMs) {
        boolean repeated = known.isBefore(end.producer());
        if (known.producerId() != end.producer().id() && !repeated) {
            return Verdict.refused(
                    known.state().isPrepared() && end.producer().equals(known.producerAfterwards())
                            ? ErrorCode.CONCURRENT_TRANSACTIONS
                            : ErrorCode.INVALID_PRODUCER_ID_MAPPING);
        }
        boolean present = known.epoch() == end.producer().epoch() && !repeated;
        return switch (known.state()) {
            case ONGOING -> {
                if (!present) {
                    yield Verdict.refused(ErrorCode.PRODUCER_FENCED);
                }
                if (known.isExhausted() && end.freshId() == NO_ID) {
                    yield Verdict.answer(new NeedsId());
                }
                yield granted(
                        known.prepared(
                                end.commit(),
                                end.version(),
                                known.isExhausted() ? end.freshId() : NO_ID,
                                nowMs));
            }
            case EMPTY -> present ? endNothing(known, end, nowMs) : fenced();
            case COMPLETE_COMMIT, COMPLETE_ABORT -> {
                if (repeated) {
                    yield wasSame(known, end)
                            ? Verdict.answer(new Granted(ErrorCode.NONE, known.producer()))
                            : Verdict.refused(ErrorCode.INVALID_TXN_STATE);
                }
                yield present ? endNothing(known, end, nowMs) : fenced();
            }
            case PREPARE_COMMIT, PREPARE_ABORT -> {
                // The next transaction's end, before this one's markers are written.
                if (present) {
                    yield Verdict.await();
                }
                if (!repeated) {
                    yield fenced();
                }
                yield Verdict.refused(
                        wasSame(known, end)
                                ? ErrorCode.CONCURRENT_TRANSACTIONS
                                : ErrorCode.INVALID_TXN_STATE);
            }
            case DEAD, PREPARE_EPOCH_FENCE -> Verdict.refused(ErrorCode.INVALID_TXN_STATE);
        };
    }

    private static Verdict fenced() {
        return Verdict.refused(ErrorCode.PRODUCER_FENCED);
    }

    /** There is nothing to commit; to abort it is to make sure that nothing comes (KIP-890). */
    private static Verdict endNothing(Transaction known, TransactionCommand.End end, long nowMs) {
        if (end.commit()) {
            return Verdict.refused(ErrorCode.INVALID_TXN_STATE);
        }
        if (known.isExhausted() && end.freshId() == NO_ID) {
            return Verdict.answer(new NeedsId());
        }
        return granted(
                known.abortedNothing(
                        end.version(), known.isExhausted() ? end.freshId() : NO_ID, nowMs));
    }

    private static Verdict marked(
            @Nullable Transaction known, TransactionCommand.Marked marked, long nowMs) {
        TransactionState expected =
                marked.commit() ? TransactionState.PREPARE_COMMIT : TransactionState.PREPARE_ABORT;
        boolean same =
                known != null
                        && known.state() == expected
                        && known.producer().equals(marked.producer());
        return same && known != null
                ? Verdict.store(known.completed(nowMs), new Done(ErrorCode.NONE))
                : Verdict.done(ErrorCode.INVALID_TXN_STATE);
    }

    /**
     * Somebody knows what became of it. Who comes late, or speaks of another one, changes nothing.
     */
    private Verdict settle(
            @Nullable Transaction known, TransactionCommand.Settle settle, long nowMs) {
        boolean same =
                known != null
                        && known.state() == TransactionState.ONGOING
                        && known.producer().equals(settle.producer())
                        && known.startMs() == settle.startMs();
        if (!same || known == null) {
            return Verdict.refused(ErrorCode.INVALID_TXN_STATE);
        }
        if (!settle.commit()) {
            return granted(known.fenced(settings.version(), nowMs));
        }
        boolean rotates = known.version() >= Transaction.FIRST_WITH_EPOCHS && known.isExhausted();
        if (rotates && settle.freshId() == NO_ID) {
            return Verdict.answer(new NeedsId());
        }
        return granted(
                known.prepared(true, known.version(), rotates ? settle.freshId() : NO_ID, nowMs));
    }

    /** The time of a transaction is up. */
    Transaction timedOut(Transaction ongoing, long nowMs) {
        return ongoing.fenced(settings.version(), nowMs);
    }

    /** Those that match. */
    static boolean matches(TransactionCommand.ListAll wanted, Transaction one, long nowMs) {
        return (wanted.states().isEmpty() || wanted.states().contains(one.state()))
                && (wanted.producerIds().isEmpty()
                        || wanted.producerIds().contains(one.producerId()))
                && (wanted.olderThanMs() < 0 || nowMs - one.startMs() > wanted.olderThanMs());
    }

    /** In the order of the transactional ids. */
    static List<Transaction> list(
            TransactionCommand.ListAll wanted, Iterable<Transaction> all, long nowMs) {
        List<Transaction> listed = new ArrayList<>();
        for (Transaction one : all) {
            if (matches(wanted, one, nowMs)) {
                listed.add(one);
            }
        }
        return listed;
    }
}
