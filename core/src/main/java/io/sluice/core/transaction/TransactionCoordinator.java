package io.sluice.core.transaction;

import io.sluice.core.coordinator.Answer;
import io.sluice.core.coordinator.Coordinator;
import io.sluice.core.coordinator.Decision;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.transaction.TransactionReply.Markers;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The transactional ids of one partition of the transactions' topic. What a producer may do is told
 * by {@link Rules}; this class keeps what is remembered, the deadlines that follow from it, and
 * those who wait.
 *
 * <p>Effects are answers: the shell asks for prepared transactions ({@link
 * TransactionCommand.AwaitMarkers}), writes their markers and says so ({@link
 * TransactionCommand.Marked}). Likewise it asks for questions to put to those who know what became
 * of a transaction ({@link TransactionCommand.AwaitQuestions}), and brings their answers ({@link
 * TransactionCommand.Settle}). Since an answer is held until what it rests on is committed, no
 * marker is written for an outcome that a crash could take back; and since a machine that was
 * loaded has given none yet, markers are written again after a crash until all partitions have
 * them.
 */
public final class TransactionCoordinator
        implements Coordinator<TransactionCommand, TransactionEvent, TransactionReply> {

    /** Transactional ids of one partition; one more is refused. */
    static final int MAX_IDS = 1_000_000;

    /** Producers kept waiting for markers; one more is told to come again. */
    static final int MAX_WAITING = 10_000;

    /** What one look at deadlines aborts or forgets: the rest goes at once after it. */
    private static final int DUE_AT_ONCE = 500;

    /** Prepared transactions given at once. */
    private static final int MARKERS_AT_ONCE = 1_000;

    private static final long NOBODY = -1L;
    private static final long NEVER = Long.MAX_VALUE;

    /** A time at which a transactional id wants to be looked at. */
    record Wake(long atMs, String id) {}

    /** A command that waits until markers are written. */
    private record Waiting(TransactionCommand.OfProducer command, long untilMs) {}

    private final TransactionSettings settings;
    private final Rules rules;
    private final Questions questions;
    private final SortedMap<String, Transaction> transactions = new TreeMap<>();
    private final Timeouts timeouts = new Timeouts();
    private final TreeSet<Wake> expiries = wakes();

    /** Prepared transactions whose markers nobody was asked to write in this life. */
    private final TreeSet<String> owed = new TreeSet<>();

    /** Those that somebody was asked to write. */
    private final TreeSet<String> given = new TreeSet<>();

    /** Who waits for prepared transactions. */
    private long marker = NOBODY;

    /** Who waits for questions. */
    private long asker = NOBODY;

    /** By token, in the order they came, which is that of their deadlines. */
    private final LinkedHashMap<Long, Waiting> waiting = new LinkedHashMap<>();

    private final Map<String, List<Long>> waitingById = new TreeMap<>();

    /** No look before that. */
    private long abortsFromMs;

    private long expiresFromMs;

    public TransactionCoordinator(TransactionSettings settings, CheckBacks checkBacks) {
        this.settings = settings;
        this.questions = new Questions(checkBacks);
        this.rules = new Rules(settings);
    }

    static TreeSet<Wake> wakes() {
        return new TreeSet<>(Comparator.comparingLong(Wake::atMs).thenComparing(Wake::id));
    }

    /** Gathers a decision. */
    private static final class Out {
        private final List<TransactionEvent> events = new ArrayList<>();
        private final List<Answer<TransactionReply>> answers = new ArrayList<>();
        private final List<Markers> prepared = new ArrayList<>();

        void answer(long token, TransactionReply reply) {
            answers.add(new Answer<>(token, reply));
        }

        Decision<TransactionEvent, TransactionReply> decision() {
            return new Decision<>(events, answers);
        }
    }

    @Override
    public Decision<TransactionEvent, TransactionReply> decide(
            long token, TransactionCommand command, long nowMs) {
        timeouts.now(nowMs);
        Out out = new Out();
        switch (command) {
            case TransactionCommand.OfProducer one -> take(one, token, nowMs, out);
            case TransactionCommand.AwaitMarkers await -> awaitMarkers(token, out);
            case TransactionCommand.AwaitQuestions await -> awaitQuestions(token, out);
            case TransactionCommand.ListAll wanted ->
                    out.answer(
                            token,
                            new TransactionReply.Listed(
                                    Rules.list(wanted, transactions.values(), nowMs)));
            case TransactionCommand.Describe describe ->
                    out.answer(
                            token,
                            new TransactionReply.Described(
                                    Optional.ofNullable(transactions.get(describe.id()))));
        }
        giveMarkers(out);
        giveQuestions(out);
        return out.decision();
    }

    private void take(TransactionCommand.OfProducer command, long token, long nowMs, Out out) {
        Transaction known = transactions.get(command.id());
        if (known == null
                && command instanceof TransactionCommand.Begin
                && transactions.size() >= MAX_IDS) {
            out.answer(token, TransactionReply.Granted.refused(ErrorCode.POLICY_VIOLATION));
            return;
        }
        Verdict verdict = rules.judge(known, command, nowMs);
        verdict.next().ifPresent(next -> store(next, out));
        verdict.reply()
                .ifPresentOrElse(
                        reply -> out.answer(token, reply), () -> await(command, token, nowMs, out));
        if (verdict.next().isPresent()) {
            goOn(verdict.next().get(), nowMs, out);
        }
    }

    private void await(TransactionCommand.OfProducer command, long token, long nowMs, Out out) {
        if (waiting.size() >= MAX_WAITING || settings.waitMs() == 0) {
            out.answer(token, Rules.tooLong(command));
            return;
        }
        waiting.put(token, new Waiting(command, nowMs + settings.waitMs()));
        waitingById.computeIfAbsent(command.id(), id -> new ArrayList<>()).add(token);
    }

    /** Those who waited for the end of the transaction are judged again, in order. */
    private void goOn(Transaction ended, long nowMs, Out out) {
        if (ended.state().isPrepared()) {
            return;
        }
        List<Long> tokens = waitingById.remove(ended.id());
        if (tokens == null) {
            return;
        }
        Transaction now = ended;
        for (int i = 0; i < tokens.size(); i++) {
            long token = tokens.get(i);
            Waiting one = waiting.get(token);
            if (one == null) {
                continue;
            }
            Verdict verdict = rules.judge(now, one.command, nowMs);
            if (verdict.next().isPresent()) {
                now = verdict.next().get();
                store(now, out);
            }
            if (verdict.reply().isPresent()) {
                waiting.remove(token);
                out.answer(token, verdict.reply().get());
            } else {
                waitingById.computeIfAbsent(now.id(), id -> new ArrayList<>()).add(token);
            }
        }
    }

    private static void store(Transaction next, Out out) {
        out.events.add(new TransactionEvent.Stored(next));
        out.prepared.removeIf(one -> one.id().equals(next.id()));
        if (next.state().isPrepared()) {
            out.prepared.add(Markers.of(next));
        }
    }

    private void awaitMarkers(long token, Out out) {
        if (marker != NOBODY) {
            out.answer(marker, new TransactionReply.Owed(List.of()));
        }
        marker = token;
        while (!owed.isEmpty() && out.prepared.size() < MARKERS_AT_ONCE) {
            Transaction prepared = transactions.get(owed.removeFirst());
            if (prepared != null) {
                out.prepared.add(Markers.of(prepared));
            }
        }
    }

    /** The shell gets what this decision prepared, if it waits for it; else it asks later. */
    private void giveMarkers(Out out) {
        if (marker != NOBODY && !out.prepared.isEmpty()) {
            out.prepared.forEach(one -> given.add(one.id()));
            out.answer(marker, new TransactionReply.Owed(List.copyOf(out.prepared)));
            marker = NOBODY;
        }
    }

    private void awaitQuestions(long token, Out out) {
        if (asker != NOBODY) {
            out.answer(asker, new TransactionReply.Asked(List.of()));
        }
        asker = token;
    }

    private void giveQuestions(Out out) {
        if (asker != NOBODY && !questions.isEmpty()) {
            out.answer(asker, new TransactionReply.Asked(questions.take()));
            asker = NOBODY;
        }
    }

    @Override
    public void apply(TransactionEvent event) {
        switch (event) {
            case TransactionEvent.Stored stored -> apply(stored.transaction());
            case TransactionEvent.Removed removed -> forget(removed.id());
        }
    }

    private void apply(Transaction one) {
        unschedule(transactions.put(one.id(), one));
        if (one.state() != TransactionState.ONGOING) {
            questions.forget(one.id());
        }
        timeouts.follow(one);
        if (one.state().isIdle()) {
            expiries.add(new Wake(one.updateMs() + settings.expirationMs(), one.id()));
        }
        if (!one.state().isPrepared()) {
            owed.remove(one.id());
            given.remove(one.id());
        } else if (!given.contains(one.id())) {
            owed.add(one.id());
        }
    }

    private void forget(String id) {
        unschedule(transactions.remove(id));
        timeouts.forget(id);
        owed.remove(id);
        given.remove(id);
    }

    private void unschedule(@Nullable Transaction before) {
        if (before != null) {
            expiries.remove(new Wake(before.updateMs() + settings.expirationMs(), before.id()));
        }
    }

    @Override
    public long nextDeadlineMs() {
        long next = waiting.isEmpty() ? NEVER : waiting.firstEntry().getValue().untilMs;
        if (timeouts.nextMs() != NEVER) {
            next = Math.min(next, Math.max(timeouts.nextMs(), abortsFromMs));
        }
        if (!expiries.isEmpty()) {
            next = Math.min(next, Math.max(expiries.first().atMs, expiresFromMs));
        }
        return next;
    }

    @Override
    public Decision<TransactionEvent, TransactionReply> onDeadline(long nowMs) {
        timeouts.now(nowMs);
        Out out = new Out();
        while (!waiting.isEmpty() && waiting.firstEntry().getValue().untilMs <= nowMs) {
            Map.Entry<Long, Waiting> first = waiting.pollFirstEntry();
            TransactionCommand.OfProducer command = first.getValue().command;
            List<Long> tokens = waitingById.get(command.id());
            if (tokens != null && tokens.remove(first.getKey()) && tokens.isEmpty()) {
                waitingById.remove(command.id());
            }
            out.answer(first.getKey(), Rules.tooLong(command));
        }
        if (nowMs >= abortsFromMs) {
            abort(nowMs, out);
        }
        if (nowMs >= expiresFromMs) {
            expire(nowMs, out);
        }
        giveMarkers(out);
        giveQuestions(out);
        return out.decision();
    }

    /** Those whose time is up, unless somebody is asked what became of them. */
    private void abort(long nowMs, Out out) {
        int left = DUE_AT_ONCE;
        boolean any = false;
        for (Wake wake : timeouts.wakes()) {
            Transaction ongoing = transactions.get(wake.id);
            if (wake.atMs > nowMs || left == 0) {
                break;
            }
            any = true;
            if (ongoing != null && questions.look(ongoing, nowMs) == Questions.Step.ABORT) {
                store(rules.timedOut(ongoing, nowMs), out);
                left--;
            }
        }
        if (any && left > 0) {
            abortsFromMs = nowMs + settings.abortIntervalMs();
        }
    }

    private void expire(long nowMs, Out out) {
        int left = DUE_AT_ONCE;
        for (Wake wake : expiries) {
            if (wake.atMs > nowMs || left-- == 0) {
                break;
            }
            out.events.add(new TransactionEvent.Removed(wake.id));
        }
        if (left >= 0 && left < DUE_AT_ONCE) {
            expiresFromMs = nowMs + settings.expiryIntervalMs();
        }
    }

    /** For tests and metrics. */
    public Optional<Transaction> transaction(String id) {
        return Optional.ofNullable(transactions.get(id));
    }
}
