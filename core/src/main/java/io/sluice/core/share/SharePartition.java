package io.sluice.core.share;

import io.sluice.core.model.ErrorCode;
import io.sluice.core.share.RunState.Available;
import io.sluice.core.share.RunState.Burying;
import io.sluice.core.share.RunState.Done;
import io.sluice.core.share.RunState.Held;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One partition as one group's queue: which record goes to whom, what comes of it, and who is next
 * (KIP-932). Pure: inputs by {@link #step}, effects into the {@link Outbox}. Its states are those
 * of a record, see {@code RunState}.
 *
 * <p>It looks at the log in order, piece by piece ({@link ShareInput.Found}), and keeps what it
 * found until it is done. What lies between the first pending record and the end of what was looked
 * at is not bounded: done neighbours cost one entry together, so a stuck record stops nobody. What
 * is pending is ({@link ShareSettings#maxPending}).
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

        /** The answer to {@link ShareInput.Acquire}, in the order of offsets. */
        void acquired(T ticket, List<Acquired> ranges);

        /**
         * The answer to {@link ShareInput.Acknowledge}, {@link ShareInput.Answer}, {@link
         * ShareInput.Replay}.
         */
        void reply(T ticket, ErrorCode error);

        /** Write this, then step {@link ShareInput.Buried}. */
        void deadLetter(DeadLetter letter);

        /** Records are free: members that wait may ask again. */
        void wake();

        /** Ask this, where the settings say that somebody is asked. */
        default void ask(Question question) {}

        /**
         * Tells what happened, for the ledger.
         *
         * @param member who had them; empty if nobody
         */
        default void noted(Deed deed, long first, long last, String member, int deliveries) {}
    }

    private ShareSettings settings;
    private final Window window;
    private final Lineup lineup;
    private final Locks locks = new Locks();
    private final Remembered remembered;
    private final Unstored<T> unstored;

    /** Of the step under way. */
    private @Nullable Outbox<T> told;

    private long questions;
    private long logStart;
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
        this.unstored = new Unstored<>(counted);
        this.settings = settings;
        this.window = new Window(start);
        this.lineup = new Lineup(settings.keyOrder());
        this.remembered = new Remembered(batches);
    }

    /** Takes one input; what follows from it, and from the time, goes to the outbox. */
    public void step(ShareInput<T> input, long nowMs, Outbox<T> outbox) {
        boolean fullBefore = isFull();
        told = outbox;
        expireLocks(nowMs);
        expireRecords(nowMs); // nobody is given what is over by now, though no tick said so
        switch (input) {
            case ShareInput.Found<T> found -> found(found, outbox);
            case ShareInput.Acquire<T> acquire -> acquire(acquire, nowMs, outbox);
            case ShareInput.Acknowledge<T> acknowledge -> acknowledge(acknowledge, nowMs, outbox);
            case ShareInput.Answer<T> answer -> answer(answer, nowMs, outbox);
            case ShareInput.Replay<T> replay -> replay(replay, outbox);
            case ShareInput.GiveBack<T> back -> giveBack(back);
            case ShareInput.Leave<T> leave -> leave(leave, nowMs);
            case ShareInput.Buried<T> buried -> buried(buried);
            case ShareInput.LogStartMoved<T> moved -> logStartMoved(moved.logStart());
            case ShareInput.Persisted<T> persisted -> unstored.stored(persisted.number(), outbox);
            case ShareInput.Tick<T> tick -> {}
            case ShareInput.Resign<T>(ErrorCode reason) -> unstored.giveUp(reason, outbox);
        }
        expireRecords(nowMs);
        skipTo(scanFrom());
        if (window.advance()) {
            unstored.changed();
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

    private void found(ShareInput.Found<T> found, Outbox<T> outbox) {
        for (Span span : found.spans()) {
            skipTo(span.first);
            if (span.first != window.end()) {
                throw new IllegalArgumentException(
                        "%s, and all below %d is known".formatted(span, window.end()));
            }
            for (Run run : remembered.take(span)) {
                append(run, outbox);
            }
        }
        skipTo(found.end());
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
            outbox.deadLetter(DeadLetter.of(run, burying));
        } else if (run.state() instanceof Available its
                && its.deliveries() >= settings.deliveryLimit()) {
            note(Deed.EXHAUSTED, run, "", its.deliveries());
            bury(run, new Burying(DeadReason.DELIVERY_LIMIT, "", its.deliveries(), its.times()));
        }
    }

    private void append(Run run) {
        window.append(run);
        enter(run);
        if (isOut(run)) {
            lineup.out(run);
        }
    }

    private void acquire(ShareInput.Acquire<T> input, long nowMs, Outbox<T> outbox) {
        passTime(nowMs);
        List<Run> taken = new ArrayList<>();
        long room = Math.min(input.maxRecords(), freeLocks());
        Run next = lineup.next();
        int priority = next == null ? 0 : next.facts().priority();
        long deliveredMs = settings.deadLetters() ? nowMs : 0L; // who else would want to know
        while (room > 0 && next != null && next.facts().priority() == priority) {
            long most = input.strict() ? room : freeLocks();
            Run part = next.size() > most ? cut(next, next.first() + most) : next;
            Held state =
                    ((Available) part.state())
                            .heldBy(input.member(), deliveredMs, nowMs + settings.lockMs());
            taken.add(become(part, state));
            note(Deed.TAKEN, part, state.member(), state.deliveries());
            room -= part.size();
            next = lineup.next();
        }
        outbox.acquired(input.ticket(), Run.acquired(taken));
    }

    private void note(Deed deed, Run run, String member, int deliveries) {
        if (told != null) {
            told.noted(deed, run.first(), run.last(), member, deliveries);
        }
    }

    private void note(Deed deed, Run run, Held by) {
        note(deed, run, by.member(), by.deliveries());
    }

    private long freeLocks() {
        return settings.maxLocks() - locks.records();
    }

    private void acknowledge(ShareInput.Acknowledge<T> input, long nowMs, Outbox<T> outbox) {
        ErrorCode refused = refusal(input);
        if (refused != ErrorCode.NONE) {
            outbox.reply(input.ticket(), refused);
            return;
        }
        for (Acknowledgement item : input.items()) {
            for (Run run : pieces(item.first(), item.last())) {
                settle(run, item, nowMs);
            }
        }
        settled(input.ticket(), input.items(), outbox);
    }

    private void settled(T ticket, List<Acknowledgement> items, Outbox<T> outbox) {
        if (Acknowledgement.onlyRenew(items)) {
            outbox.reply(ticket, ErrorCode.NONE);
        } else {
            unstored.replyOnceStored(ticket, outbox);
        }
    }

    private void replay(ShareInput.Replay<T> input, Outbox<T> outbox) {
        if (unstored.isCrowded()) {
            outbox.reply(input.ticket(), ErrorCode.REQUEST_TIMED_OUT);
            return;
        }
        for (Span span : input.spans()) {
            replay(span);
        }
        unstored.changed(); // who was passed over finds nothing to replay: it must not say so
        unstored.replyOnceStored(input.ticket(), outbox);
    }

    private void replay(Span span) {
        long start = window.start();
        if (span.first < start) { // what is between stays done, and is remembered so from now on
            window.extendBack(span.first);
            unstored.changed(span.first, start - 1);
        }
        for (Run done : window.within(span.first, span.last)) {
            if (done.isDone()) {
                long first = Math.max(span.first, done.first());
                long last = Math.min(span.last, done.last());
                Run again = new Run(first, last, span.facts, Available.NEW);
                window.revive(again);
                enter(again);
                replayed(first, last);
            }
        }
        remembered.revive(Math.max(span.first, window.end()), span.last, this::replayed);
    }

    private void replayed(long first, long last) {
        unstored.changed(first, last);
        if (told != null) {
            told.noted(Deed.REPLAYED, first, last, "", 0);
        }
    }

    private ErrorCode refusal(ShareInput.Acknowledge<T> input) {
        if (unstored.isCrowded()) {
            return ErrorCode.REQUEST_TIMED_OUT;
        }
        long next = Long.MIN_VALUE;
        for (Acknowledgement item : input.items()) {
            if (item.first() < next) {
                return ErrorCode.INVALID_REQUEST;
            }
            next = item.last() + 1;
            boolean renewsNothing = item.renews() && item.first() < window.start();
            if (item.last() >= window.end() || isOver(item) || renewsNothing) {
                return ErrorCode.INVALID_RECORD_STATE;
            }
            for (Run run : window.within(item.first(), item.last())) {
                if (!run.isHeldBy(input.member())) {
                    return ErrorCode.INVALID_RECORD_STATE;
                }
            }
        }
        return ErrorCode.NONE;
    }

    /** Whether records of it came to their end, and are still in the log. */
    private boolean isOver(Acknowledgement item) {
        long first = Math.max(item.first(), logStart);
        return first <= item.last() && first < window.start();
    }

    private void settle(Run run, Acknowledgement item, long nowMs) {
        Held by = (Held) run.state();
        switch (item.type()) {
            case GAP -> become(run, Done.DONE);
            case ACCEPT -> {
                note(Deed.ACCEPTED, run, by);
                become(run, Done.DONE);
            }
            case RELEASE -> {
                note(Deed.RELEASED, run, by);
                release(run, item.againAtMs(), nowMs);
            }
            case REJECT -> {
                note(Deed.REJECTED, run, by);
                bury(run, by.buried(DeadReason.REJECTED));
            }
            case RENEW -> {
                note(Deed.RENEWED, run, by);
                renew(run, by.renewed(nowMs + settings.lockMs()));
            }
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
            note(Deed.EXHAUSTED, run, by);
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
            unstored.writeOnceStored(DeadLetter.of(run, burying));
        } else {
            become(run, Done.DONE);
        }
    }

    private void buried(ShareInput.Buried<T> input) {
        for (Run run : pieces(input.first(), input.last())) {
            if (run.state() instanceof Burying dead) {
                note(Deed.BURIED, run, dead.member(), dead.deliveries());
                become(run, Done.DONE);
            }
        }
    }

    private void giveBack(ShareInput.GiveBack<T> input) {
        for (Acquired range : input.ranges()) {
            for (Run run : pieces(range.first(), range.last())) {
                if (run.isHeldBy(input.member()) && !Locks.of(run).isSure()) {
                    note(Deed.RETURNED, run, Locks.of(run));
                    become(run, Locks.of(run).undelivered());
                }
            }
        }
    }

    /** What it was asked about waits for the answer. */
    private void leave(ShareInput.Leave<T> input, long nowMs) {
        List<Run> its = locks.unasked(input.member());
        for (Run run : its) {
            note(input.delivered() ? Deed.LEFT : Deed.RETURNED, run, Locks.of(run));
            if (!input.delivered()) {
                become(run, Locks.of(run).undelivered());
            } else if (!settings.asks()) {
                release(run, 0L, nowMs);
            }
        }
        if (input.delivered() && settings.asks()) {
            ask(its, nowMs);
        }
    }

    private void expireLocks(long nowMs) {
        shortenLocks(nowMs);
        for (Run run = locks.over(nowMs); run != null; run = locks.over(nowMs)) {
            if (settings.asks() && !Locks.of(run).isAsked()) {
                long togetherMs = nowMs + settings.askTogetherMs();
                ask(locks.unasked(togetherMs), togetherMs);
            } else {
                note(Deed.LOCK_ENDED, run, Locks.of(run));
                release(run, 0L, nowMs);
            }
        }
    }

    /** A clock that was set back makes no lock longer. */
    private void shortenLocks(long nowMs) {
        long latest = nowMs + settings.longestMs();
        for (Run run = locks.beyond(latest); run != null; run = locks.beyond(latest)) {
            renew(run, Locks.of(run).asked(Locks.of(run).question(), latest));
        }
    }

    /** Held by whom they were, until there is an answer: as little of it is remembered. */
    private void ask(List<Run> runs, long fromMs) {
        for (Question question : Question.about(runs, questions, fromMs + settings.askMs())) {
            questions = question.number();
            for (Acquired range : question.records()) {
                for (Run run : pieces(range.first(), range.last())) {
                    note(Deed.ASKED, run, Locks.of(run));
                    renew(run, Locks.of(run).asked(question.number(), question.untilMs()));
                }
            }
            if (told != null) {
                told.ask(question);
            }
        }
    }

    private void answer(ShareInput.Answer<T> input, long nowMs, Outbox<T> outbox) {
        boolean counts = false;
        for (Acknowledgement item : input.items()) {
            for (Run under : window.within(item.first(), item.last())) {
                if (under.state() instanceof Held by && by.isUnder(input.question())) {
                    counts = true;
                    long first = Math.max(under.first(), item.first());
                    for (Run run : pieces(first, Math.min(under.last(), item.last()))) {
                        note(Deed.ANSWERED, run, by);
                        settle(run, item, nowMs);
                    }
                }
            }
        }
        if (counts) {
            settled(input.ticket(), input.items(), outbox);
        } else {
            outbox.reply(input.ticket(), ErrorCode.INVALID_RECORD_STATE);
        }
    }

    private void expireRecords(long nowMs) {
        Run run = lineup.expired(nowMs);
        while (run != null) {
            Available its = (Available) run.state();
            note(Deed.EXPIRED, run, "", its.deliveries());
            bury(run, new Burying(DeadReason.EXPIRED, "", its.deliveries(), its.times()));
            run = lineup.expired(nowMs);
        }
    }

    private void logStartMoved(long offset) {
        logStart = Math.max(logStart, offset);
        remembered.forgetBelow(logStart);
        if (logStart > window.end()) {
            append(new Run(window.end(), logStart - 1, Facts.PLAIN, Done.DONE));
        }
        for (Run run : pieces(window.start(), logStart - 1)) {
            if (!run.isDone()) {
                note(Deed.DELETED, run, "", 0);
                become(run, Done.DONE);
            }
        }
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
        unstored.changed(run.first(), run.last());
        return next;
    }

    private static boolean isOut(Run run) {
        return run.state() instanceof Held || run.state() instanceof Burying;
    }

    private void enter(Run run) {
        switch (run.state()) {
            case Available available -> lineup.add(run);
            case Held by -> locks.add(run);
            case Burying burying -> {}
            case Done done -> {}
        }
    }

    private void leave(Run run) {
        switch (run.state()) {
            case Available available -> lineup.remove(run);
            case Held by -> locks.remove(run);
            case Burying burying -> {}
            case Done done -> {}
        }
    }

    /** Whether something is to be remembered that was not taken yet. */
    public boolean hasChanges() {
        return unstored.isAny();
    }

    /** Whether somebody, or a dead letter, waits for changes that were not taken yet. */
    public boolean hasUrgentChanges() {
        return unstored.isUrgent();
    }

    /** What is to be remembered since the last time. One at a time may be under way. */
    public Changes takeChanges() {
        return unstored.take(window, remembered);
    }

    /** Whether the log should be read on to have something for a member that asks now. */
    public boolean wantsMore() {
        return lineup.next() == null && !isFull();
    }

    /** Whether nothing more of the log is looked at before something is done, or comes back. */
    public boolean isFull() {
        return locks.records() >= settings.maxLocks()
                || window.pendingRuns() >= settings.maxPending();
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

    /**
     * What records are to the group, in order and without a gap; changes nothing. Where the log was
     * not read yet, or holds no record, it is told what would become of one.
     */
    public List<Seen> look(long first, long last, long nowMs) {
        List<Seen> seen = new ArrayList<>();
        if (first < window.start()) {
            seen.add(Seen.done(first, Math.min(last, window.start() - 1)));
        }
        for (Run run : window.within(first, last)) {
            seen.add(Seen.of(run, first, last, nowMs));
        }
        long unread = Math.max(first, window.end());
        if (unread <= last) {
            for (Run run : remembered.look(new Span(unread, last, Facts.PLAIN))) {
                seen.add(Seen.of(run, unread, last, nowMs));
            }
        }
        return seen;
    }

    /** The first record from there on that is not done, as far as is known. */
    public long pendingFrom(long offset) {
        long from = Math.max(offset, window.start());
        Run run = window.at(from);
        if (run != null && run.isDone()) {
            from = run.last() + 1;
        }
        return from < window.end() ? from : remembered.behindDone(from);
    }

    /** Records that were looked at and are not done. */
    public long pendingRecords() {
        return window.end() - window.start() - window.doneRecords();
    }

    /** Runs of them: what they cost. */
    public int pendingRuns() {
        return window.pendingRuns();
    }

    /** Records that members hold. */
    public long heldRecords() {
        return locks.records();
    }

    /** Records that wait for their time, as after a release with a back-off. */
    public long laterRecords() {
        return lineup.laterRecords();
    }

    /** When {@link ShareInput.Tick} is needed next, or {@link #NO_DEADLINE}. */
    public long nextDeadlineMs() {
        return Math.min(locks.nextEndMs(), lineup.nextDeadlineMs());
    }
}
