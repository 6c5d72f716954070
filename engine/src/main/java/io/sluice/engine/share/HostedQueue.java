package io.sluice.engine.share;

import io.sluice.core.model.ErrorCode;
import io.sluice.core.share.Acknowledgement;
import io.sluice.core.share.Acquired;
import io.sluice.core.share.Changes;
import io.sluice.core.share.DeadLetter;
import io.sluice.core.share.ShareKey;
import io.sluice.core.share.SharePartition;
import io.sluice.core.share.SharePartition.Input;
import io.sluice.core.share.ShareReply;
import io.sluice.engine.loop.EventLoop;
import io.sluice.engine.partition.Partition;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongSupplier;
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

    /** Demands that may wait for their turn; one more finds nothing. */
    private static final int MAX_DEMANDS = 10_000;

    /** How long changes wait that nobody waits for. */
    static final long LAZY_MS = 200;

    /** How long who waits is put off when a watch wakes for nothing: too many watch. */
    private static final long FRUITLESS_MS = 50;

    private static final long DEAD_LETTER_RETRY_MS = 500;

    /** The machine is asked again at least as often, however far the next deadline is. */
    private static final long MAX_TIMER_MS = 3_600_000;

    /**
     * What all queues of a loop share.
     *
     * @param numbers of reads of what is remembered: each is larger than the last
     * @param counted where a machine begins to number changes: behind all that an earlier one of
     *     the same leader epoch can have come to
     */
    record Surroundings(
            ShareStore store,
            Function<String, QueueRules> rules,
            DeadLetterBox dead,
            ByteBuffer window,
            LongSupplier numbers,
            LongSupplier counted,
            Consumer<HostedQueue> ended) {}

    private enum State {
        LOADING,
        SERVING,
        ENDED
    }

    /** What the machine knows a request by: who takes is answered in the same step. */
    sealed interface Ticket {
        /** Of a demand. */
        enum Taking implements Ticket {
            TAKING
        }

        /** Of acknowledgements. */
        record Telling(Consumer<ErrorCode> done) implements Ticket {}
    }

    /** Somebody who waits for records. */
    static final class Parked {
        private final long awaits;
        private final Consumer<ErrorCode> wake;

        private Parked(long awaits, Consumer<ErrorCode> wake) {
            this.awaits = awaits;
            this.wake = wake;
        }
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
    private @Nullable LinkedHashSet<Parked> parked;
    private long usedMs;

    private State state = State.LOADING;
    private ErrorCode why = ErrorCode.NONE;
    private QueueRules rules;
    private @Nullable SharePartition<Ticket> machine;
    private int stateEpoch;
    private long logStart;
    private long readBegun;
    private long readDone;
    private @Nullable Serving serving;
    private boolean servingNext;
    private List<Acquired> taken = List.of();
    private boolean wakes;

    /** Up to there it was read in vain. */
    private long fruitlessEnd = -1;

    private boolean telling;
    private boolean storing;
    private boolean storePosted;
    private int lettersOut;
    private EventLoop.@Nullable Timer lazy;
    private EventLoop.@Nullable Timer deadline;
    private long deadlineMs = SharePartition.NO_DEADLINE;
    private Partition.@Nullable Watch growth;
    private EventLoop.@Nullable Timer putOff;

    HostedQueue(ShareKey key, Partition partition, int leaderEpoch, Surroundings surroundings) {
        this.key = key;
        this.partition = partition;
        this.loop = partition.loop();
        this.leaderEpoch = leaderEpoch;
        this.surroundings = surroundings;
        this.rules = surroundings.rules.apply(key.group());
        this.reader = new QueueReader(partition, leaderEpoch, surroundings.window);
        this.memory =
                new Memory(key, partition, leaderEpoch, surroundings.store, new MemoryListener());
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
        long number = surroundings.numbers.getAsLong();
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
                            surroundings.counted.getAsLong());
            state = State.SERVING;
            logStartsAt(partition.status().logStartOffset());
            step(new Input.Tick<>()); // what is remembered may be due, or done
        }
        wakeAll();
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
                    step(new Input.Persisted<>(changes.number()));
                });
    }

    private final class MemoryListener implements Memory.Listener {
        @Override
        public void over(ErrorCode reason) {
            end(reason);
        }

        @Override
        public void quiet() {
            surroundings.ended.accept(HostedQueue.this);
            wakeAll();
        }
    }

    // ---- the machine

    void step(Input<Ticket> input) {
        SharePartition<Ticket> of = machine;
        if (of == null) {
            return;
        }
        of.step(input, nowMs(), effects);
        if (state != State.ENDED) {
            scheduleStore(of);
            scheduleDeadline(of);
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
                case Ticket.Telling(Consumer<ErrorCode> done) ->
                        untold.add(() -> done.accept(error));
            }
        }

        @Override
        public void deadLetter(DeadLetter letter) {
            lettersOut++;
            untold.add(() -> bury(letter));
        }

        @Override
        public void wake() {
            wakes = true;
        }
    }

    /** Who is told may come back at once with more, so it waits until the step is over. */
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
            passOn();
        }
    }

    private void scheduleDeadline(SharePartition<Ticket> of) {
        long next = of.nextDeadlineMs();
        if (next >= deadlineMs) {
            return;
        }
        if (deadline != null) {
            deadline.cancel();
        }
        deadlineMs = next;
        deadline =
                loop.schedule(
                        Math.clamp(next - nowMs(), 0L, MAX_TIMER_MS),
                        () -> {
                            deadline = null;
                            deadlineMs = SharePartition.NO_DEADLINE;
                            step(new Input.Tick<>());
                        });
    }

    private void bury(DeadLetter letter) {
        if (state == State.ENDED) {
            return;
        }
        surroundings.dead.write(
                partition,
                key,
                letter,
                error -> {
                    if (state == State.ENDED) {
                        return;
                    }
                    if (error == ErrorCode.NONE) {
                        lettersOut--;
                        step(new Input.Buried<>(letter.first(), letter.last()));
                    } else {
                        loop.schedule(DEAD_LETTER_RETRY_MS, () -> bury(letter));
                    }
                });
    }

    /** The log holds nothing below that offset. */
    void logStartsAt(long offset) {
        if (offset > logStart) {
            logStart = offset;
            step(new Input.LogStartMoved<>(offset));
        }
    }

    // ---- members

    /** Gives what there is now. */
    void take(Take take) {
        if (!stillServes()) {
            ErrorCode error = why;
            untold.add(() -> take.done().accept(Delivery.refused(key, error)));
            tell();
        } else if (take.awaits() > readDone || demands.size() >= MAX_DEMANDS) {
            untold.add(() -> take.done().accept(Delivery.nothing(key)));
            tell();
        } else {
            demands.add(take);
            serveNext();
        }
    }

    /** Whether it serves; ends it if it should not. */
    private boolean stillServes() {
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
        QueueRules now = surroundings.rules.apply(key.group());
        if (now == rules || of == null) {
            return;
        }
        rules = now;
        if (!of.reconfigure(now.share())) {
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

    /** Lets the machine give, in the time of a {@link Serving}, which has read all there is. */
    List<Acquired> acquire(Take take) {
        taken = List.of();
        step(
                new Input.Acquire<>(
                        Ticket.Taking.TAKING, take.member(), take.maxRecords(), take.strict()));
        List<Acquired> given = taken;
        taken = List.of();
        if (given.isEmpty()) {
            fruitlessEnd = readableEnd();
        }
        return given;
    }

    /** There are no such records: nobody needs to wait for that to be remembered. */
    void settleMissing(String member, List<Acknowledgement> gaps) {
        step(new Input.Acknowledge<>(new Ticket.Telling(error -> {}), member, gaps));
    }

    /** A demand is over. */
    void served(Serving which, Delivery delivery) {
        if (serving == which) {
            serving = null;
        }
        untold.add(() -> which.take().done().accept(delivery));
        tell();
        serveNext();
        if (serving == null) {
            passOn();
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
            untold.add(() -> done.accept(error));
            tell();
        } else {
            step(new Input.Acknowledge<>(new Ticket.Telling(done), member, items));
        }
    }

    void giveBack(String member, List<Acquired> ranges) {
        if (state == State.SERVING) {
            step(new Input.GiveBack<>(member, ranges));
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
        step(new Input.Leave<>(member, delivered));
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
     * Wakes once: when there may be something, or the queue begins anew; with an error if it ended.
     *
     * @param awaits as of a {@link Take}
     */
    Parked park(long awaits, Consumer<ErrorCode> wake) {
        Parked waits = new Parked(awaits, wake);
        LinkedHashSet<Parked> all = parked;
        if (all == null) {
            all = new LinkedHashSet<>();
            parked = all;
        }
        all.add(waits);
        if (state != State.ENDED) {
            passOn();
        } else if (!memory.isWriting()) {
            wakeAll();
        }
        return waits;
    }

    void unpark(Parked waits) {
        LinkedHashSet<Parked> all = parked;
        if (all != null && all.remove(waits) && all.isEmpty()) {
            nobodyWaits();
        }
    }

    private void nobodyWaits() {
        parked = null;
        if (growth != null) {
            growth.cancel();
            growth = null;
        }
        if (putOff != null) {
            putOff.cancel();
            putOff = null;
        }
    }

    /** Wakes one if there is something; else they wait for the log to grow. */
    void passOn() {
        SharePartition<Ticket> of = machine;
        if (parked == null || serving != null || of == null || state != State.SERVING) {
            return;
        }
        boolean more = of.wantsMore() && hasMore(of);
        if (of.hasReady() || (more && readableEnd() > fruitlessEnd)) {
            wakeOne();
        } else if (more && putOff == null) {
            putOff = loop.schedule(FRUITLESS_MS, this::tryAgain);
        } else if (of.wantsMore() && growth == null && putOff == null) {
            growth = partition.watch(of.scanFrom(), readCommitted(), this::grew);
        }
    }

    private boolean hasMore(SharePartition<Ticket> of) {
        return partition.bytesAvailable(of.scanFrom(), readCommitted(), 1) > 0;
    }

    private long readableEnd() {
        Partition.PartitionStatus now = partition.status();
        return readCommitted() ? now.lastStableOffset() : now.highWatermark();
    }

    private void tryAgain() {
        putOff = null;
        fruitlessEnd = -1;
        passOn();
    }

    private void grew() {
        growth = null;
        SharePartition<Ticket> of = machine;
        if (!stillServes() || of == null) {
            return;
        }
        if (of.wantsMore() && !hasMore(of) && putOff == null) { // too many watch
            putOff = loop.schedule(FRUITLESS_MS, this::tryAgain);
        } else {
            passOn();
        }
    }

    private void wakeOne() {
        LinkedHashSet<Parked> all = parked;
        if (all == null) {
            return;
        }
        for (Parked one : all) {
            if (one.awaits <= readDone) {
                unpark(one);
                untold.add(() -> one.wake.accept(ErrorCode.NONE));
                tell();
                return;
            }
        }
    }

    private void wakeAll() {
        LinkedHashSet<Parked> all = parked;
        if (all != null) {
            nobodyWaits();
            all.forEach(one -> untold.add(() -> one.wake.accept(why)));
            tell();
        }
    }

    // ---- its end

    /** Whether it may be thrown away: everything is remembered, and nobody uses it. */
    boolean isIdle() {
        SharePartition<Ticket> of = machine;
        return of != null
                && serving == null
                && demands.isEmpty()
                && parked == null
                && !storing
                && lettersOut == 0
                && readBegun == readDone
                && !of.hasChanges()
                && of.heldRecords() == 0
                && of.nextDeadlineMs() == SharePartition.NO_DEADLINE;
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
        cancel(lazy);
        cancel(deadline);
        lazy = null;
        deadline = null;
        step(new Input.Resign<>(ErrorCode.NOT_LEADER_OR_FOLLOWER));
        for (Take take = demands.poll(); take != null; take = demands.poll()) {
            Take refused = take;
            untold.add(() -> refused.done().accept(Delivery.refused(key, reason)));
        }
        tell();
        if (!memory.isWriting()) {
            surroundings.ended.accept(this);
            wakeAll();
        }
    }

    private static void cancel(EventLoop.@Nullable Timer timer) {
        if (timer != null) {
            timer.cancel();
        }
    }

    @Override
    public String toString() {
        return "%s %s in epoch %d, %s".formatted(key, state, leaderEpoch, why);
    }
}
