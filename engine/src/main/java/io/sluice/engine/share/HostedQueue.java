package io.sluice.engine.share;

import io.sluice.core.model.AbortedTransaction;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.share.Acknowledgement;
import io.sluice.core.share.Acquired;
import io.sluice.core.share.Changes;
import io.sluice.core.share.DeadLetter;
import io.sluice.core.share.Deed;
import io.sluice.core.share.LedgerFormat;
import io.sluice.core.share.LedgerFormat.Who;
import io.sluice.core.share.Question;
import io.sluice.core.share.ShareInput;
import io.sluice.core.share.ShareKey;
import io.sluice.core.share.SharePartition;
import io.sluice.core.share.ShareReply;
import io.sluice.engine.loop.EventLoop;
import io.sluice.engine.partition.Partition;
import java.util.ArrayDeque;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One queue of a partition that this broker leads. Owned by the partition's loop; thrown away when
 * the leader epoch passes or the store says that somebody else leads.
 *
 * <pre>
 *   LOADING ──what is remembered is here──▶ SERVING ──fenced, leads no more, or idle──▶ ENDED
 *      └────────────────── it leads no more ────────────────────────────────────────────▲
 * </pre>
 *
 * <p>Demands are served one after the other: each may have to read the log, and what it finds there
 * is the next one's, too. Who finds nothing parks, and is woken when the log grows or a record is
 * free again: one at a time, and each wakes the next if it left something. What is to be remembered
 * goes to the store one write at a time, which takes along all that gathered meanwhile; what nobody
 * waits for waits for company.
 */
final class HostedQueue {

    /** How long changes wait that nobody waits for. */
    static final long LAZY_MS = 200;

    private static final long DEAD_LETTER_RETRY_MS = 500;

    /** Until something happens that is farther away than this, a queue without members may go. */
    private static final long SOON_MS = 60_000;

    private enum State {
        LOADING,
        SERVING,
        ENDED
    }

    private final ShareKey key;
    private final Partition partition;
    private final EventLoop loop;
    private final int leaderEpoch;
    private final Surroundings surroundings;
    private final QueueReader reader;
    private final Memory memory;
    private final SharePartition.Outbox<Ticket> effects = new Effects();
    private final ArrayDeque<Runnable> untold = new ArrayDeque<>(1);
    private final ArrayDeque<Take> demands = new ArrayDeque<>(1);
    private final Waiters waiters;

    private final Replays replays = new Replays();
    private final QueueTally.Share tally;
    private long usedMs;

    private State state = State.LOADING;
    private ErrorCode why = ErrorCode.NONE;
    private QueueRules rules;
    private @Nullable SharePartition<Ticket> machine;

    /** Of a queue that looks into records. */
    private @Nullable Ahead ahead;

    /** Of a queue that asks before it gives a record to somebody else. */
    private @Nullable Inquiries inquiries;

    private int stateEpoch;
    private long logStart;
    private long readBegun;
    private long readDone;
    private @Nullable Serving serving;
    private boolean servingNext;
    private List<Acquired> taken = List.of();
    private Who taker = Who.NOBODY;
    private boolean wakes;

    private boolean telling;
    private boolean storing;
    private boolean storePosted;
    private EventLoop.@Nullable Timer lazy;
    private final Alarm alarm;

    HostedQueue(ShareKey key, Partition partition, int leaderEpoch, Surroundings surroundings) {
        this.key = key;
        this.partition = partition;
        this.loop = partition.loop();
        this.leaderEpoch = leaderEpoch;
        this.surroundings = surroundings;
        this.rules = surroundings.rules().apply(key.group());
        this.tally = surroundings.counts().begin(key.group(), partition.name().topic());
        this.waiters = new Waiters(this, partition);
        this.alarm = new Alarm(loop, () -> step(new ShareInput.Tick<>()));
        this.reader = new QueueReader(partition, leaderEpoch, surroundings.window());
        this.memory =
                new Memory(key, partition, leaderEpoch, surroundings.store(), new MemoryListener());
    }

    ShareKey key() {
        return key;
    }

    /** When somebody asked for it last, by the monotonic clock. */
    long usedMs() {
        return usedMs;
    }

    void used(long nowMs) {
        usedMs = nowMs;
    }

    EventLoop loop() {
        return loop;
    }

    /** Whether it is about that partition, as it is led now. */
    boolean isOf(Partition those) {
        return partition == those && leads();
    }

    boolean leads() {
        return partition.leadingEpoch() == leaderEpoch;
    }

    boolean isEnded() {
        return state == State.ENDED;
    }

    /** Why it ended. */
    ErrorCode why() {
        return why;
    }

    /** What it looks at in each record. */
    Sight sight() {
        return rules.sight();
    }

    boolean readCommitted() {
        return rules.readCommitted();
    }

    private long nowMs() {
        return loop.clock().wallMs();
    }

    // ---- what is remembered

    /** Begins to load; once. */
    void load() {
        read();
    }

    /**
     * A member begins to ask. The queue may have been set anew since it was loaded.
     *
     * @return what the member's {@link Take#awaits} is to be
     */
    long prepare() {
        if (state == State.SERVING && readBegun == readDone) {
            read();
        }
        return readBegun;
    }

    private void read() {
        long number = surroundings.numbers().getAsLong();
        readBegun = number;
        memory.read(rules.start(), known -> wasRead(number, known));
    }

    private void wasRead(long number, ShareReply.State known) {
        if (state == State.ENDED) {
            return;
        }
        if (machine != null && known.stateEpoch() != stateEpoch) {
            end(ErrorCode.NONE); // it was set anew
            return;
        }
        readDone = number;
        if (machine == null) {
            stateEpoch = known.stateEpoch();
            machine =
                    new SharePartition<>(
                            rules.share(),
                            known.start(),
                            known.batches(),
                            surroundings.counted().getAsLong());
            if (rules.sight().looks()) {
                ahead = new Ahead(machine, reader, rules.sight(), surroundings.room());
            }
            state = State.SERVING;
            logStartsAt(partition.status().logStartOffset());
            step(new ShareInput.Tick<>()); // what is remembered may be due, or done
        }
        waiters.wakeAll(why);
    }

    private void scheduleStore(SharePartition<Ticket> of) {
        if (storing || storePosted || !of.hasChanges()) {
            return;
        }
        if (of.hasUrgentChanges()) {
            storePosted = true; // all of this turn goes together
            loop.post(this::store);
        } else if (lazy == null) {
            lazy =
                    loop.schedule(
                            LAZY_MS,
                            () -> {
                                lazy = null;
                                store();
                            });
        }
    }

    private void store() {
        storePosted = false;
        SharePartition<Ticket> of = machine;
        if (state == State.ENDED || storing || of == null || !of.hasChanges()) {
            return;
        }
        if (lazy != null) {
            lazy.cancel();
            lazy = null;
        }
        storing = true;
        Changes changes = of.takeChanges();
        memory.write(
                stateEpoch,
                changes,
                of.doneRecords(),
                () -> {
                    storing = false;
                    step(new ShareInput.Persisted<>(changes.number()));
                });
    }

    private final class MemoryListener implements Memory.Listener {
        @Override
        public void over(ErrorCode reason) {
            end(reason);
        }

        @Override
        public void quiet() {
            surroundings.ended().accept(HostedQueue.this);
            waiters.wakeAll(why);
        }
    }

    // ---- the machine

    void step(ShareInput<Ticket> input) {
        SharePartition<Ticket> of = machine;
        if (of == null) {
            return;
        }
        of.step(input, nowMs(), effects);
        tally.stepped(of);
        if (ahead != null) {
            ahead.count();
        }
        if (state != State.ENDED) {
            scheduleStore(of);
            alarm.notAfter(of.nextDeadlineMs());
        }
        tell();
    }

    /** Executes what the machine decided, when the step is over. */
    private final class Effects implements SharePartition.Outbox<Ticket> {
        @Override
        public void acquired(Ticket ticket, List<Acquired> ranges) {
            taken = ranges;
        }

        @Override
        public void reply(Ticket ticket, ErrorCode error) {
            switch (ticket) {
                case Ticket.Taking taking -> throw new IllegalStateException("takes do not wait");
                case Ticket.Telling(Consumer<ErrorCode> done) -> {
                    tally.replied(error);
                    untold.add(() -> done.accept(error));
                }
            }
        }

        @Override
        public void deadLetter(DeadLetter letter) {
            tally.letterOut(letter.size());
            untold.add(() -> bury(letter));
        }

        @Override
        public void wake() {
            wakes = true;
        }

        @Override
        public void ask(Question question) {
            QueueRules.Asking asking = rules.asking();
            Inquiries of = inquiries();
            untold.add(() -> of.ask(question, asking));
        }

        @Override
        public void noted(Deed deed, long first, long last, String member, int deliveries) {
            tally.noted(deed, last - first + 1, deliveries);
            if (rules.ledger()) {
                Who who = deed == Deed.TAKEN ? taker : new Who(member, "", "");
                LedgerFormat.Entry entry =
                        new LedgerFormat.Entry(deed, first, last, nowMs(), who, deliveries);
                surroundings.ledger().note(key, partition.name(), entry);
            }
        }
    }

    /** Tells somebody when the step is over: who is told may come back at once with more. */
    void tell(Runnable news) {
        untold.add(news);
        tell();
    }

    private void tell() {
        if (telling) {
            return;
        }
        telling = true;
        try {
            for (Runnable next = untold.poll(); next != null; next = untold.poll()) {
                next.run();
            }
        } finally {
            telling = false;
        }
        if (wakes) {
            wakes = false;
            waiters.passOn();
        }
    }

    private void bury(DeadLetter letter) {
        if (state == State.ENDED) {
            return;
        }
        surroundings
                .dead()
                .write(
                        partition,
                        key,
                        letter,
                        error -> {
                            if (state == State.ENDED) {
                                return;
                            }
                            if (error == ErrorCode.NONE) {
                                tally.letterStored(letter.size());
                                step(new ShareInput.Buried<>(letter.first(), letter.last()));
                            } else {
                                loop.schedule(DEAD_LETTER_RETRY_MS, () -> bury(letter));
                            }
                        });
    }

    /** The log holds nothing below that offset. */
    void logStartsAt(long offset) {
        if (offset > logStart) {
            logStart = offset;
            step(new ShareInput.LogStartMoved<>(offset));
        }
    }

    // ---- members

    /** Gives what there is now. */
    void take(Take take) {
        if (!stillServes()) {
            ErrorCode error = why;
            tell(() -> take.done().accept(Delivery.refused(key, error)));
        } else if (take.awaits() > readDone || tally.refusesDemand(demands.size())) {
            tell(() -> take.done().accept(Delivery.nothing(key)));
        } else {
            demands.add(take);
            serveNext();
        }
    }

    /** Whether it serves; ends it if it should not. */
    boolean stillServes() {
        if (!leads()) {
            endOfEpoch();
        }
        if (state == State.SERVING) {
            followRules();
        }
        return state == State.SERVING;
    }

    private void followRules() {
        SharePartition<Ticket> of = machine;
        QueueRules now = surroundings.rules().apply(key.group());
        if (now == rules || of == null) {
            return;
        }
        boolean looksElse = !now.sight().equals(rules.sight());
        rules = now;
        if (looksElse || !of.reconfigure(now.share())) {
            end(ErrorCode.NONE); // another order: it begins anew
        }
    }

    private void serveNext() {
        if (servingNext) {
            return;
        }
        servingNext = true;
        try {
            while (serving == null && machine != null && !demands.isEmpty()) {
                Serving next = new Serving(this, machine, reader, demands.remove());
                serving = next;
                next.begin();
            }
        } finally {
            servingNext = false;
        }
    }

    /** How far it reads ahead; null where it looks into no records. */
    @Nullable Ahead ahead() {
        return ahead;
    }

    /**
     * What there is to deliver of a page from an offset on.
     *
     * @param done called once, at once or later; null if the page cannot be read
     */
    void look(
            Page page,
            long from,
            List<AbortedTransaction> aborted,
            Consumer<@Nullable List<SharePartition.Span>> done) {
        if (ahead == null) {
            done.accept(page.spans(from, aborted));
        } else {
            surroundings.walks().spans(partition.name(), page, from, aborted, rules.sight(), done);
        }
    }

    /** Lets the machine give, in the time of a {@link Serving}, which has read all there is. */
    List<Acquired> acquire(Take take) {
        taken = List.of();
        taker = take.who();
        if (rules.share().asks()) {
            inquiries().knows(taker);
        }
        step(
                new ShareInput.Acquire<>(
                        Ticket.Taking.TAKING, take.member(), take.maxRecords(), take.strict()));
        List<Acquired> given = taken;
        taken = List.of();
        if (given.isEmpty()) {
            waiters.nothingThere();
        }
        return given;
    }

    /** There are no such records: nobody needs to wait for that to be remembered. */
    void settleMissing(String member, List<Acknowledgement> gaps) {
        step(new ShareInput.Acknowledge<>(new Ticket.Telling(error -> {}), member, gaps));
    }

    /** A demand is over. */
    void served(Serving which, Delivery delivery) {
        if (serving == which) {
            serving = null;
        }
        tell(() -> which.take().done().accept(delivery));
        serveNext();
        if (serving == null) {
            waiters.passOn();
        }
    }

    /** The log cannot be read; what to tell the member. */
    ErrorCode readFailed(ErrorCode error) {
        if (error == ErrorCode.KAFKA_STORAGE_ERROR) {
            return error; // the partition tells who looks after it
        }
        endOfEpoch();
        return why;
    }

    void acknowledge(String member, List<Acknowledgement> items, Consumer<ErrorCode> done) {
        if (!stillServes()) {
            ErrorCode error = why == ErrorCode.NONE ? ErrorCode.INVALID_RECORD_STATE : why;
            tell(() -> done.accept(error));
        } else {
            step(new ShareInput.Acknowledge<>(new Ticket.Telling(done), member, items));
        }
    }

    private Inquiries inquiries() {
        if (inquiries == null) {
            inquiries = new Inquiries(key, partition, surroundings.questions());
        }
        return inquiries;
    }

    /** Somebody who was asked says what became of records. */
    void answer(QuestionName name, List<Acknowledgement> items, Consumer<ErrorCode> done) {
        if (stillServes() && inquiries().allows(name, items, rules.asking())) {
            step(new ShareInput.Answer<>(new Ticket.Telling(done), name.number(), items));
        } else {
            tell(() -> done.accept(ErrorCode.INVALID_RECORD_STATE));
        }
    }

    /**
     * Has records that are done delivered again.
     *
     * @param order whose {@link #replayedUpTo} that is
     * @param upTo before it the order has nothing more to do
     * @param done NONE when it is remembered
     */
    void replay(
            String order, List<SharePartition.Span> spans, long upTo, Consumer<ErrorCode> done) {
        if (!stillServes()) {
            tell(() -> done.accept(ErrorCode.NOT_LEADER_OR_FOLLOWER));
            return;
        }
        replays.cameTo(order, upTo);
        step(new ShareInput.Replay<>(new Ticket.Telling(done), spans));
    }

    /** How far an order to deliver again was followed here. */
    long replayedUpTo(String order) {
        return replays.upTo(order);
    }

    void giveBack(String member, List<Acquired> ranges) {
        if (state == State.SERVING) {
            step(new ShareInput.GiveBack<>(member, ranges));
        }
    }

    void leave(String member, boolean delivered) {
        if (state != State.SERVING) {
            return;
        }
        Serving now = serving;
        if (now != null && now.take().member().equals(member)) {
            now.abandon();
        }
        for (Take take : List.copyOf(demands)) {
            if (take.member().equals(member)) {
                demands.remove(take);
                untold.add(() -> take.done().accept(Delivery.nothing(key)));
            }
        }
        step(new ShareInput.Leave<>(member, delivered));
    }

    // ---- who waits

    /** About how many bytes are there for who asks now, up to a limit. */
    long available(int limit) {
        SharePartition<Ticket> of = machine;
        if (of == null || !stillServes() || !(of.hasReady() || of.wantsMore())) {
            return 0L;
        }
        return Math.max(0L, partition.bytesAvailable(of.nextOffset(), readCommitted(), limit));
    }

    /**
     * Wakes once, see {@link Waiters#add}.
     *
     * @param awaits as of a {@link Take}
     */
    Waiters.Parked park(long awaits, Consumer<ErrorCode> wake) {
        Waiters.Parked waits = waiters.add(awaits, wake);
        if (state != State.ENDED) {
            waiters.passOn();
        } else if (!memory.isWriting()) {
            waiters.wakeAll(why);
        }
        return waits;
    }

    void unpark(Waiters.Parked waits) {
        waiters.remove(waits);
    }

    /** Wakes one of those who wait, if there is something. */
    void passOn() {
        waiters.passOn();
    }

    /** The machine while it serves, and is not in the middle of it. */
    @Nullable SharePartition<Ticket> free() {
        return state == State.SERVING && serving == null ? machine : null;
    }

    /** The machine while it serves, for who only looks at it; or null. */
    @Nullable SharePartition<?> machine() {
        return state == State.SERVING ? machine : null;
    }

    /** The number of the last read of what is remembered that is over. */
    long readDone() {
        return readDone;
    }

    // ---- its end

    /** Whether it may be thrown away: everything is remembered, and nobody uses it. */
    boolean isIdle() {
        SharePartition<Ticket> of = machine;
        return of != null
                && serving == null
                && demands.isEmpty()
                && waiters.isEmpty()
                && !storing
                && tally.lettersOut() == 0
                && readBegun == readDone
                && !of.hasChanges()
                && of.heldRecords() == 0
                && of.nextDeadlineMs() - nowMs() > SOON_MS;
    }

    /** The leader epoch is over. If this broker leads again, who waits has only to ask again. */
    void endOfEpoch() {
        end(partition.leadingEpoch() < 0 ? ErrorCode.NOT_LEADER_OR_FOLLOWER : ErrorCode.NONE);
    }

    /**
     * Is of no use any more. What was not remembered by now is not said to be; who waits for
     * records asks the next one.
     *
     * @param reason what to tell who waits for records; NONE if there is a next one here
     */
    void end(ErrorCode reason) {
        if (state == State.ENDED) {
            return;
        }
        state = State.ENDED;
        why = reason;
        memory.close();
        if (lazy != null) {
            lazy.cancel();
            lazy = null;
        }
        alarm.cancel();
        step(new ShareInput.Resign<>(ErrorCode.NOT_LEADER_OR_FOLLOWER));
        if (ahead != null) {
            ahead.leave();
            ahead = null;
        }
        for (Take take = demands.poll(); take != null; take = demands.poll()) {
            Take refused = take;
            untold.add(() -> refused.done().accept(Delivery.refused(key, reason)));
        }
        tell();
        tally.end();
        if (!memory.isWriting()) {
            surroundings.ended().accept(this);
            waiters.wakeAll(why);
        }
    }

    @Override
    public String toString() {
        return "%s %s in epoch %d, %s".formatted(key, state, leaderEpoch, why);
    }
}
