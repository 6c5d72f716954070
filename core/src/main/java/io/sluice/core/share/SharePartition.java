package io.sluice.core.share;

import io.sluice.core.model.ErrorCode;
import io.sluice.core.share.RunState.Available;
import io.sluice.core.share.RunState.Burying;
import io.sluice.core.share.RunState.Done;
import io.sluice.core.share.RunState.Held;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.TreeSet;

/**
 * One partition as one group's queue: which record goes to whom, what comes of it, and who is next
 * (KIP-932). Pure: inputs by {@link #step}, effects into the {@link Outbox}. Its states are those
 * of a record, see {@code RunState}.
 *
 * <p>It looks at the log in order, piece by piece ({@link Input.Found}), and keeps what it found
 * until it is done. What lies between the first pending record and the end of what was looked at is
 * not bounded: done neighbours cost one entry together, so a stuck record stops nobody. What is
 * pending is ({@link ShareSettings#maxPending}).
 *
 * <p>An acknowledgement is answered when its outcome is remembered for good (I-24): the host takes
 * {@link #takeChanges} whenever none are under way, stores them, and says so. Taken over from
 * another leader, or after a restart, the machine begins with what is remembered; a delivery that
 * was under way then counts (I-25) and its record is available at once.
 *
 * @param <T> what the host knows a request by; opaque here
 */
public final class SharePartition<T> {

    /** Acknowledgements that may wait until they are remembered. */
    public static final int MAX_WAITING_REPLIES = 10_000;

    /** No deadline waits. */
    public static final long NO_DEADLINE = Long.MAX_VALUE;

    private static final Comparator<Run> BY_LOCK =
            Comparator.<Run>comparingLong(run -> lockEnd(run)).thenComparingLong(Run::first);

    /** What can happen to a queue. */
    public sealed interface Input<T> {

        /**
         * The log was read from {@link #scanFrom} on. Offsets that no span names hold no record for
         * anybody: control batches, aborted transactions for those who read what is committed, and
         * what compaction took.
         *
         * @param spans in order
         * @param end everything below it was read
         */
        record Found<T>(List<Span> spans, long end) implements Input<T> {}

        /**
         * A member wants records. Answered at once, with none if there are none.
         *
         * @param maxRecords at least one; without {@code strict} the last batch is given whole
         *     (KIP-1206)
         */
        record Acquire<T>(T ticket, String member, int maxRecords, boolean strict)
                implements Input<T> {}

        /** A member says what came of records: all of it counts, or none of it. */
        record Acknowledge<T>(T ticket, String member, List<Acknowledgement> items)
                implements Input<T> {}

        /** Records that were acquired for a member did not reach it. */
        record GiveBack<T>(String member, List<Acquired> ranges) implements Input<T> {}

        /**
         * A member is gone: what it holds is free again.
         *
         * @param delivered whether it may have seen it: then it counts as a delivery
         */
        record Leave<T>(String member, boolean delivered) implements Input<T> {}

        /** Dead letters are stored. */
        record Buried<T>(long first, long last) implements Input<T> {}

        /** Records below the offset are gone from the log. */
        record LogStartMoved<T>(long logStart) implements Input<T> {}

        /** Changes are remembered for good, these and all before. */
        record Persisted<T>(long number) implements Input<T> {}

        /** Time passed. */
        record Tick<T>() implements Input<T> {}

        /** It is over here: who waits is told why. The last input. */
        record Resign<T>(ErrorCode reason) implements Input<T> {}
    }

    /**
     * Records that the log holds.
     *
     * @param last inclusive; the same as first where the facts have a key
     */
    public record Span(long first, long last, Facts facts) {
        public Span {
            if (last < first || (facts.keyed() && last != first)) {
                throw new IllegalArgumentException(
                        "records %d to %d, %s".formatted(first, last, facts));
            }
        }
    }

    /** What is to be done, in this order. */
    public interface Outbox<T> {

        /** The answer to {@link Input.Acquire}, in the order of offsets. */
        void acquired(T ticket, List<Acquired> ranges);

        /** The answer to {@link Input.Acknowledge}. */
        void reply(T ticket, ErrorCode error);

        /** Write this, then step {@link Input.Buried}. */
        void deadLetter(DeadLetter letter);

        /** Records are free: members that wait may ask again. */
        void wake();
    }

    private record Waiting<T>(T ticket, long number) {}

    private record Sentence(DeadLetter letter, long number) {}

    private ShareSettings settings;
    private final Window window;
    private final Lineup lineup;
    private final TreeSet<Run> held = new TreeSet<>(BY_LOCK);
    private final Remembered remembered;
    private final Ranges dirty = new Ranges();
    private final ArrayDeque<Waiting<T>> waiting = new ArrayDeque<>(1);
    private final ArrayDeque<Sentence> sentences = new ArrayDeque<>(1);

    private long heldRecords;
    private long change;
    private long takenChange;
    private long storedChange;
    private boolean somebodyReady;

    /**
     * @param start the first record that is not done
     * @param batches what is remembered of those behind it
     */
    public SharePartition(ShareSettings settings, long start, List<StateBatch> batches) {
        this(settings, start, batches, 0L);
    }

    /**
     * @param counted changes are numbered from there on, see {@link Changes#number}
     */
    public SharePartition(
            ShareSettings settings, long start, List<StateBatch> batches, long counted) {
        this.change = counted;
        this.takenChange = counted;
        this.storedChange = counted;
        this.settings = settings;
        this.window = new Window(start);
        this.lineup = new Lineup(settings.keyOrder());
        this.remembered = new Remembered(batches);
    }

    private static long lockEnd(Run run) {
        return ((Held) run.state()).untilMs();
    }

    /** Takes one input; what follows from it, and from the time, goes to the outbox. */
    public void step(Input<T> input, long nowMs, Outbox<T> outbox) {
        boolean fullBefore = isFull();
        expireLocks(nowMs);
        switch (input) {
            case Input.Found<T> found -> found(found, outbox);
            case Input.Acquire<T> acquire -> acquire(acquire, nowMs, outbox);
            case Input.Acknowledge<T> acknowledge -> acknowledge(acknowledge, nowMs, outbox);
            case Input.GiveBack<T> back -> giveBack(back);
            case Input.Leave<T> leave -> leave(leave, nowMs);
            case Input.Buried<T> buried -> buried(buried);
            case Input.LogStartMoved<T> moved -> logStartMoved(moved.logStart);
            case Input.Persisted<T> persisted -> persisted(persisted.number, outbox);
            case Input.Tick<T> tick -> {}
            case Input.Resign<T>(ErrorCode reason) -> resign(reason, outbox);
        }
        expireRecords(nowMs);
        skipTo(scanFrom());
        if (window.advance()) {
            change++;
        }
        passTime(nowMs);
        if (somebodyReady || (fullBefore && !isFull())) {
            outbox.wake();
        }
        somebodyReady = false;
    }

    private void passTime(long nowMs) {
        somebodyReady |= lineup.passTime(nowMs);
    }

    private void found(Input.Found<T> found, Outbox<T> outbox) {
        for (Span span : found.spans) {
            skipTo(span.first);
            if (span.first != window.end()) {
                throw new IllegalArgumentException(
                        "%s, and all below %d is known".formatted(span, window.end()));
            }
            for (Run run : remembered.take(span)) {
                append(run, outbox);
            }
        }
        skipTo(found.end);
    }

    /** Nobody can have what is before the offset and not known yet. */
    private void skipTo(long offset) {
        if (offset > window.end()) {
            remembered.forgetBelow(offset);
            append(new Run(window.end(), offset - 1, Facts.PLAIN, Done.DONE));
        }
    }

    private void append(Run run, Outbox<T> outbox) {
        append(run);
        if (run.state() instanceof Burying burying) {
            outbox.deadLetter(letter(run, burying));
        } else if (run.state() instanceof Available(int deliveries, long fromMs)
                && deliveries >= settings.deliveryLimit()) {
            bury(run, new Burying(DeadReason.DELIVERY_LIMIT, "", deliveries));
        }
    }

    private void append(Run run) {
        window.append(run);
        enter(run);
        if (isOut(run)) {
            lineup.out(run);
        }
    }

    private void acquire(Input.Acquire<T> input, long nowMs, Outbox<T> outbox) {
        passTime(nowMs);
        List<Run> taken = new ArrayList<>();
        long room = Math.min(input.maxRecords, freeLocks());
        Run next = lineup.next();
        while (room > 0 && next != null) {
            long most = input.strict ? room : freeLocks();
            Run part = next.size() > most ? cut(next, next.first() + most) : next;
            Held state = ((Available) part.state()).heldBy(input.member, nowMs + settings.lockMs());
            taken.add(become(part, state));
            room -= part.size();
            next = lineup.next();
        }
        outbox.acquired(input.ticket, acquired(taken));
    }

    private long freeLocks() {
        return settings.maxLocks() - heldRecords;
    }

    private static List<Acquired> acquired(List<Run> taken) {
        taken.sort(Comparator.comparingLong(Run::first));
        List<Acquired> ranges = new ArrayList<>(taken.size());
        for (Run run : taken) {
            ranges.add(new Acquired(run.first(), run.last(), ((Held) run.state()).deliveries()));
        }
        return ranges;
    }

    private void acknowledge(Input.Acknowledge<T> input, long nowMs, Outbox<T> outbox) {
        ErrorCode refused = refusal(input);
        if (refused != ErrorCode.NONE) {
            outbox.reply(input.ticket, refused);
            return;
        }
        for (Acknowledgement item : input.items) {
            for (Run run : pieces(item.first(), item.last())) {
                settle(run, item, nowMs);
            }
        }
        if (onlyRenews(input.items) || change <= storedChange) {
            outbox.reply(input.ticket, ErrorCode.NONE);
        } else { // what is said a second time may still be on its way to the store
            waiting.add(new Waiting<>(input.ticket, change));
        }
    }

    private static boolean onlyRenews(List<Acknowledgement> items) {
        for (Acknowledgement item : items) {
            if (item.type() != Acknowledgement.Type.RENEW) {
                return false;
            }
        }
        return true;
    }

    private ErrorCode refusal(Input.Acknowledge<T> input) {
        if (waiting.size() >= MAX_WAITING_REPLIES) {
            return ErrorCode.REQUEST_TIMED_OUT;
        }
        long next = Long.MIN_VALUE;
        for (Acknowledgement item : input.items) {
            if (item.first() < next) {
                return ErrorCode.INVALID_REQUEST;
            }
            next = item.last() + 1;
            if (item.last() >= window.end()) {
                return ErrorCode.INVALID_RECORD_STATE;
            }
            for (Run run : window.within(item.first(), item.last())) {
                if (!isHeldBy(run, input.member)) {
                    return ErrorCode.INVALID_RECORD_STATE;
                }
            }
        }
        return ErrorCode.NONE;
    }

    private static boolean isHeldBy(Run run, String member) {
        return run.state() instanceof Held by && by.member().equals(member);
    }

    private void settle(Run run, Acknowledgement item, long nowMs) {
        Held by = (Held) run.state();
        switch (item.type()) {
            case GAP, ACCEPT -> become(run, Done.DONE);
            case RELEASE -> release(run, item.againAtMs(), nowMs);
            case REJECT -> bury(run, by.buried(DeadReason.REJECTED));
            case RENEW -> renew(run, by.renewed(nowMs + settings.lockMs()));
        }
    }

    /** Nothing of it is remembered: a lock lives as long as the leader. */
    private void renew(Run run, Held longer) {
        leave(run);
        Run renewed = run.with(longer);
        window.replace(run, renewed);
        enter(renewed);
    }

    private void release(Run run, long againAtMs, long nowMs) {
        Held by = (Held) run.state();
        if (by.deliveries() >= settings.deliveryLimit()) {
            bury(run, by.buried(DeadReason.DELIVERY_LIMIT));
            return;
        }
        long pauseMs = settings.backOff().pauseMs(run.first(), by.deliveries());
        long fromMs = againAtMs > 0 ? againAtMs : pauseMs > 0 ? nowMs + pauseMs : 0L;
        become(run, by.released(fromMs));
    }

    /** The letter is written once the sentence is remembered: nobody gets the record after it. */
    private void bury(Run run, Burying burying) {
        if (settings.deadLetters()) {
            become(run, burying);
            sentences.add(new Sentence(letter(run, burying), change));
        } else {
            become(run, Done.DONE);
        }
    }

    private static DeadLetter letter(Run run, Burying burying) {
        return new DeadLetter(
                run.first(), run.last(), burying.reason(), burying.deliveries(), burying.member());
    }

    private void buried(Input.Buried<T> input) {
        for (Run run : pieces(input.first, input.last)) {
            if (run.state() instanceof Burying) {
                become(run, Done.DONE);
            }
        }
    }

    private void giveBack(Input.GiveBack<T> input) {
        for (Acquired range : input.ranges) {
            for (Run run : pieces(range.first(), range.last())) {
                if (isHeldBy(run, input.member)) {
                    become(run, ((Held) run.state()).undelivered());
                }
            }
        }
    }

    private void leave(Input.Leave<T> input, long nowMs) {
        for (Run run : List.copyOf(held)) {
            if (isHeldBy(run, input.member)) {
                if (input.delivered) {
                    release(run, 0L, nowMs);
                } else {
                    become(run, ((Held) run.state()).undelivered());
                }
            }
        }
    }

    private void expireLocks(long nowMs) {
        while (!held.isEmpty() && lockEnd(held.getFirst()) <= nowMs) {
            release(held.getFirst(), 0L, nowMs);
        }
    }

    private void expireRecords(long nowMs) {
        Run run = lineup.expired(nowMs);
        while (run != null) {
            int deliveries = ((Available) run.state()).deliveries();
            bury(run, new Burying(DeadReason.EXPIRED, "", deliveries));
            run = lineup.expired(nowMs);
        }
    }

    private void logStartMoved(long logStart) {
        remembered.forgetBelow(logStart);
        if (logStart > window.end()) {
            append(new Run(window.end(), logStart - 1, Facts.PLAIN, Done.DONE));
        }
        for (Run run : pieces(window.start(), logStart - 1)) {
            if (!run.isDone()) {
                become(run, Done.DONE);
            }
        }
    }

    private void persisted(long number, Outbox<T> outbox) {
        storedChange = number;
        while (!waiting.isEmpty() && waiting.getFirst().number <= number) {
            outbox.reply(waiting.removeFirst().ticket, ErrorCode.NONE);
        }
        while (!sentences.isEmpty() && sentences.getFirst().number <= number) {
            outbox.deadLetter(sentences.removeFirst().letter);
        }
    }

    private void resign(ErrorCode reason, Outbox<T> outbox) {
        while (!waiting.isEmpty()) {
            outbox.reply(waiting.removeFirst().ticket, reason);
        }
        sentences.clear();
    }

    /** The runs of these records, cut so that they hold no others. */
    private List<Run> pieces(long first, long last) {
        cutAt(first);
        cutAt(last + 1);
        return window.within(first, last);
    }

    private void cutAt(long offset) {
        Run run = window.at(offset);
        if (run != null && run.first() < offset && !run.isDone()) {
            cut(run, offset);
        }
    }

    /** Makes two runs of one; gives the first. */
    private Run cut(Run run, long offset) {
        leave(run);
        Run before = run.before(offset);
        Run from = run.from(offset);
        window.split(run, before, from);
        enter(before);
        enter(from);
        return before;
    }

    /** The only way from one state to another that is remembered. */
    private Run become(Run run, RunState state) {
        Run next = run.with(state);
        leave(run);
        window.replace(run, next);
        enter(next);
        if (isOut(next) && !isOut(run)) {
            lineup.out(next);
        } else if (isOut(run) && !isOut(next)) {
            lineup.in(next);
        }
        dirty.add(run.first(), run.last());
        change++;
        return next;
    }

    private static boolean isOut(Run run) {
        return run.state() instanceof Held || run.state() instanceof Burying;
    }

    private void enter(Run run) {
        switch (run.state()) {
            case Available available -> lineup.add(run);
            case Held by -> {
                held.add(run);
                heldRecords += run.size();
            }
            case Burying burying -> {}
            case Done done -> {}
        }
    }

    private void leave(Run run) {
        switch (run.state()) {
            case Available available -> lineup.remove(run);
            case Held by -> {
                held.remove(run);
                heldRecords -= run.size();
            }
            case Burying burying -> {}
            case Done done -> {}
        }
    }

    /** Whether something is to be remembered that was not taken yet. */
    public boolean hasChanges() {
        return change > takenChange;
    }

    /** Whether somebody, or a dead letter, waits for changes that were not taken yet. */
    public boolean hasUrgentChanges() {
        return (!waiting.isEmpty() && waiting.getLast().number > takenChange)
                || (!sentences.isEmpty() && sentences.getLast().number > takenChange);
    }

    /** What is to be remembered since the last time. One at a time may be under way. */
    public Changes takeChanges() {
        List<StateBatch> batches = new ArrayList<>();
        dirty.drain((first, last) -> {
            for (Run run : window.within(first, last)) {
                batches.add(memory(run, Math.max(first, run.first()), Math.min(last, run.last())));
            }
        });
        takenChange = change;
        return new Changes(change, window.start(), batches);
    }

    private static StateBatch memory(Run run, long first, long last) {
        StateBatch.Fate fate =
                switch (run.state()) {
                    case Available(int deliveries, long fromMs) ->
                            new StateBatch.Pending(deliveries, fromMs);
                    case Held by -> new StateBatch.Pending(by.deliveries(), 0L);
                    case Burying burying ->
                            new StateBatch.Dead(burying.reason(), burying.deliveries());
                    case Done done -> StateBatch.Settled.SETTLED;
                };
        return new StateBatch(first, last, fate);
    }

    /** Whether the log should be read on to have something for a member that asks now. */
    public boolean wantsMore() {
        return lineup.next() == null && !isFull();
    }

    private boolean isFull() {
        return heldRecords >= settings.maxLocks() || window.pendingRuns() >= settings.maxPending();
    }

    /** Whether a member that asks now is given something without reading on. */
    public boolean hasReady() {
        return lineup.next() != null && freeLocks() > 0;
    }

    /** Where a member that asks now begins to read. */
    public long nextOffset() {
        Run next = lineup.next();
        return next == null ? scanFrom() : next.first();
    }

    /** Whether these settings are in force; by identity, as this is asked often. */
    public boolean follows(ShareSettings those) {
        return settings == those;
    }

    /**
     * Goes on by other settings, from the next input on.
     *
     * @return false if the order is another: that takes a machine that begins anew
     */
    public boolean reconfigure(ShareSettings changed) {
        if (changed.keyOrder() != settings.keyOrder()) {
            return false;
        }
        settings = changed;
        return true;
    }

    /** From where the log is to be read: all before is known. */
    public long scanFrom() {
        return remembered.behindDone(window.end());
    }

    /** The first record that is not done. */
    public long start() {
        return window.start();
    }

    /** Records behind {@link #start} that are done (KIP-1226). */
    public long doneRecords() {
        return window.doneRecords();
    }

    /** Records that members hold. */
    public long heldRecords() {
        return heldRecords;
    }

    /** When {@link Input.Tick} is needed next, or {@link #NO_DEADLINE}. */
    public long nextDeadlineMs() {
        long lockMs = held.isEmpty() ? NO_DEADLINE : lockEnd(held.getFirst());
        return Math.min(lockMs, lineup.nextDeadlineMs());
    }
}
