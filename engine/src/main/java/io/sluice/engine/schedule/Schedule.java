package io.sluice.engine.schedule;

import io.sluice.core.model.ErrorCode;
import io.sluice.core.record.Codecs;
import io.sluice.core.schedule.Later;
import io.sluice.core.schedule.Timetable;
import io.sluice.core.schedule.WaitingMessages;
import io.sluice.core.schedule.WaitingMessages.Entry;
import io.sluice.engine.loop.EventLoop;
import io.sluice.engine.loop.IoThreads;
import io.sluice.engine.partition.Partition;
import io.sluice.engine.view.Piece;
import io.sluice.engine.view.View;
import java.io.IOException;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The messages that wait in a partition that this broker leads, in one leader epoch. Owned by the
 * partition's loop; thrown away when the epoch passes, for the log tells the next one all.
 *
 * <pre>
 *   LOADING ──all that was in the log when the epoch began is committed and read──▶ SERVING
 *      └────────────── leads no more, the log or the scratch files fail ──▶ ENDED ◀────┘
 * </pre>
 *
 * <p>Nothing is delivered, and no question answered, while it loads: an earlier leader may have
 * done so, and what it did lies below the log's end as it was then (I-27).
 */
final class Schedule {

    private static final Logger LOG = LoggerFactory.getLogger(Schedule.class);

    /** The timetable is asked again at least as often, however far the next time is. */
    private static final long MAX_TIMER_MS = 3_600_000;

    /** Records of the schedule after which a floor is worth a record of its own. */
    private static final long FLOOR_AFTER = 50_000;

    /**
     * Of as many records for each message that waits, most are of the past: it is time to carry.
     */
    private static final long MANY_TIMES = 4;

    private static final long MANY = 1_000_000;

    /** In a topic that is compacted, which keeps all of them above the floor. */
    private static final long MANY_COMPACTED = 10_000;

    /** What all schedules of a loop share. */
    record Surroundings(
            IoThreads io,
            Codecs codecs,
            ScratchRuns.Place scratch,
            Recurrences recurrences,
            IntSupplier quota,
            ScheduleCounts counts,
            Consumer<Schedule> ended) {}

    private enum State {
        LOADING,
        SERVING,
        ENDED
    }

    private final Partition partition;
    private final EventLoop loop;
    private final int leaderEpoch;
    private final Surroundings surroundings;
    private final ScheduleCounts counts;
    private final long beganNanos;
    private final long loadsTo;
    private final WaitingMessages waiting = new WaitingMessages();
    private final ScratchRuns runs;
    private final Timetable timetable;
    private final Originals originals;
    private final ScheduleReader reader;
    private final Deliveries deliveries;
    private final Carrier carrier;
    private final Deletions deletions;
    private final Lookups lookups;
    private final Listings listings;
    private State state = State.LOADING;
    private boolean faulty;
    private long counted;
    private long readTo;
    private long toldSinceFloor;
    private long seenFloor;
    private EventLoop.@Nullable Timer timer;
    private long timerMs = Timetable.NEVER;
    private long usedMs;

    /**
     * @param number of no other schedule of this process
     */
    Schedule(Partition partition, long number, Surroundings surroundings) {
        this.partition = partition;
        this.loop = partition.loop();
        this.leaderEpoch = partition.leadingEpoch();
        this.surroundings = surroundings;
        this.counts = surroundings.counts;
        this.beganNanos = loop.clock().monotonicNanos();
        Partition.PartitionStatus now = partition.status();
        this.loadsTo = now.logEndOffset();
        this.runs =
                new ScratchRuns(
                        surroundings.scratch,
                        Long.toString(number),
                        loop,
                        waiting::copy,
                        new OfRuns());
        this.timetable = new Timetable(runs, surroundings.quota);
        runs.serve(timetable);
        this.originals =
                new Originals(partition, leaderEpoch, surroundings.io, surroundings.codecs);
        this.reader =
                new ScheduleReader(
                        partition,
                        leaderEpoch,
                        Math.max(now.logStartOffset(), partition.scheduleFloor()),
                        surroundings.io,
                        surroundings.codecs,
                        new OfReader());
        this.deliveries =
                new Deliveries(partition, originals, timetable, waiting, new OfDeliveries());
        this.carrier = new Carrier(partition, originals, waiting, this::floor, new OfCarrier());
        this.deletions = new Deletions(partition);
        this.lookups =
                new Lookups(partition, waiting, timetable, runs, deliveries::has, this::offer);
        this.listings = new Listings(waiting, originals);
        this.usedMs = nowMs();
        this.seenFloor = carrier.writtenFloor();
    }

    Partition partition() {
        return partition;
    }

    boolean leads() {
        return partition.leadingEpoch() == leaderEpoch;
    }

    /** Whether it ended because something failed: it may be tried again. */
    boolean isFaulty() {
        return faulty;
    }

    boolean isEnded() {
        return state == State.ENDED;
    }

    private long nowMs() {
        return loop.clock().monotonicMs();
    }

    /** Begins to load; once. */
    void load() {
        reader.goOn();
    }

    /** Something was appended that it has to read. */
    void appended() {
        usedMs = nowMs();
        reader.goOn();
    }

    /** Below it nothing waits, as far as is committed and read. */
    private long floor() {
        long settled = Math.min(Math.min(waiting.first(), reader.undecided()), readTo);
        return Math.min(settled, deletions.holds());
    }

    // ---- the log

    private final class OfReader implements ScheduleReader.Listener {

        @Override
        public void told(Told told) {
            for (int at = 0; at < told.size(); at++) {
                take(told, at);
            }
            toldSinceFloor += told.size();
            usedMs = nowMs();
            deliveries.wasTold(told.next());
            count();
        }

        @Override
        public void readTo(long offset) {
            readTo = Math.max(readTo, offset);
            lookups.readTo(offset);
            if (state == State.LOADING && offset >= loadsTo) {
                serve();
            }
            goOn();
        }

        @Override
        public long ownEnd(long baseOffset) {
            return deliveries.ownEnd(baseOffset);
        }

        @Override
        public long[] own() {
            return deliveries.own();
        }

        @Override
        public boolean isOnItsWay(long baseOffset) {
            return deliveries.isOnItsWay(baseOffset);
        }

        @Override
        public boolean isFull() {
            return timetable.isFull();
        }

        @Override
        public void failed(String why) {
            fail("its log cannot be read: " + why);
        }

        @Override
        public void ended() {
            end();
        }
    }

    private void take(Told told, int at) {
        long offset = told.offset(at);
        switch (told.kind(at)) {
            case LATER -> later(told, at);
            case SETTLED -> {
                if (waiting.settled(offset)) {
                    counts.cancelled.increment();
                }
            }
            case DELIVERED -> {
                long againMs = waiting.delivered(offset, told.dueMs(at), told.deliveredMs(at));
                if (againMs != WaitingMessages.NEVER) {
                    timetable.offer(againMs, offset, offset);
                }
            }
            case UNDECIDED -> waiting.undecided(offset);
            case UNDONE -> {
                Entry entry = waiting.undone(offset);
                if (entry != null) {
                    offer(entry);
                }
            }
            case DELETION -> {
                deletions.told(offset, told.upTo(at));
                carrier.wantFrom(deletions.upTo());
            }
        }
    }

    private void later(Told told, int at) {
        long offset = told.offset(at);
        Told.Cron cron = told.cron(offset);
        waiting.later(
                offset,
                told.dueMs(at),
                told.id(at),
                told.previous(at),
                cron == null ? null : surroundings.recurrences.of(cron));
        timetable.offer(told.dueMs(at), offset, told.id(at));
        if (told.previous(at) != Later.NONE) {
            lookups.moved(told.id(at), offset);
        }
    }

    private void offer(Entry entry) {
        timetable.offer(entry.dueMs(), entry.offset(), entry.id());
        arm();
    }

    private void serve() {
        state = State.SERVING;
        counts.loaded(loop.clock().monotonicNanos() - beganNanos);
        if (waiting.size() > 0) {
            LOG.info(
                    "{}: {} messages wait, read in {} ms",
                    partition.name(),
                    waiting.size(),
                    (loop.clock().monotonicNanos() - beganNanos) / 1_000_000L);
        }
        lookups.serve();
    }

    // ---- time

    /** Does what is to be done now. */
    void goOn() {
        if (state != State.SERVING) {
            return;
        }
        if (!leads()) {
            end();
            return;
        }
        deliveries.goOn();
        carrier.goOn();
        deletions.goOn();
        arm();
    }

    private void arm() {
        long next = deliveries.takes() ? timetable.nextDueMs() : Timetable.NEVER;
        if (state != State.SERVING || next == timerMs) {
            return;
        }
        cancelTimer();
        if (next != Timetable.NEVER) {
            timerMs = next;
            timer =
                    loop.schedule(
                            Math.clamp(next - loop.clock().wallMs(), 1L, MAX_TIMER_MS),
                            () -> {
                                timer = null;
                                timerMs = Timetable.NEVER;
                                goOn();
                            });
        }
    }

    private void cancelTimer() {
        if (timer != null) {
            timer.cancel();
            timer = null;
        }
        timerMs = Timetable.NEVER;
    }

    /** The wall clock took a step. */
    void clockStepped() {
        cancelTimer();
        goOn();
    }

    private final class OfRuns implements ScratchRuns.Listener {

        @Override
        public void moved() {
            reader.goOn();
            goOn();
        }

        @Override
        public void failed(IOException fault) {
            fail("its scratch files fail: " + fault.getMessage());
        }
    }

    private final class OfDeliveries implements Deliveries.Owner {

        @Override
        public void delivered(Entry entry, long atMs) {
            counts.delivered(loop.clock().wallMs() - entry.dueMs());
            usedMs = nowMs();
            long againMs = waiting.delivered(entry.offset(), entry.dueMs(), atMs);
            if (againMs != WaitingMessages.NEVER) {
                timetable.offer(againMs, entry.offset(), entry.id());
            }
        }

        @Override
        public void again(Entry entry) {
            offer(entry);
        }

        @Override
        public void vanished(Entry entry) {
            vanish(entry);
        }

        @Override
        public void moved() {
            toldSinceFloor++;
            count();
            reader.goOn();
            goOn();
        }

        @Override
        public void cannotRead(IOException fault) {
            wasNotRead(fault);
        }
    }

    private void vanish(Entry entry) {
        if (waiting.settled(entry.offset())) {
            LOG.warn(
                    "{}: the message at {} waits no more: the log does not have it",
                    partition.name(),
                    entry.offset());
        }
    }

    private void wasNotRead(IOException fault) {
        if (leads()) {
            counts.warn(
                    loop.clock(),
                    "%s: messages that wait cannot be read, it is tried again: %s"
                            .formatted(partition.name(), fault.getMessage()));
        } else {
            end();
        }
    }

    // ---- keeping the log short

    private final class OfCarrier implements Carrier.Owner {

        @Override
        public void freed(long offset) {
            Entry entry = waiting.free(offset);
            if (entry != null) {
                offer(entry);
            }
        }

        @Override
        public void vanished(Entry entry) {
            vanish(entry);
        }

        @Override
        public void carried(int messages) {
            counts.carried.add(messages);
        }

        @Override
        public void cannotRead(IOException fault) {
            wasNotRead(fault);
        }
    }

    /** The log would give up what lies below the offset. */
    void heldBack(long wantedStart) {
        carrier.wantFrom(wantedStart);
        goOn();
    }

    /**
     * All below the offset is to be deleted once nothing waits there.
     *
     * @param done when whoever leads knows of it
     */
    void delete(long upTo, Consumer<ErrorCode> done) {
        usedMs = nowMs();
        deletions.order(upTo, done);
    }

    /** Is called now and then. */
    void look(long idleMs) {
        if (state == State.ENDED || !leads()) {
            end();
            return;
        }
        if (state != State.SERVING) {
            reader.goOn();
            return;
        }
        timetable.tidy(waiting.size());
        boolean quiet = waiting.size() == 0 && nowMs() - usedMs >= idleMs;
        keepShort(quiet);
        if (quiet && isIdle() && toldSinceFloor == 0) {
            end();
        }
        goOn();
    }

    /** Nobody is to read for long what is long past. */
    private void keepShort(boolean quiet) {
        long floor = floor();
        long many = partition.config().compact() ? MANY_COMPACTED : MANY;
        if (toldSinceFloor > many + MANY_TIMES * waiting.size() && carrier.isIdle()) {
            carrier.wantFrom(floor + (reader.position() - floor) / 2);
        }
        if (floor > carrier.writtenFloor()
                && (toldSinceFloor >= FLOOR_AFTER || (quiet && toldSinceFloor > 0))) {
            carrier.writeFloor();
        }
        long written = carrier.writtenFloor();
        if (written > seenFloor) {
            double left = Math.max(0L, reader.position() - written);
            double before = Math.max(1L, reader.position() - seenFloor);
            toldSinceFloor = (long) (toldSinceFloor * left / before);
            seenFloor = written;
        }
    }

    private boolean isIdle() {
        return deliveries.isIdle()
                && carrier.isIdle()
                && deletions.isIdle()
                && lookups.isIdle()
                && reader.undecided() == ScheduleReader.NONE;
    }

    // ---- questions

    /** As {@link Schedules#find}. */
    void find(long[] ids, Consumer<Schedules.Answer> done) {
        usedMs = nowMs();
        lookups.find(ids, done);
    }

    /** As {@link Schedules#list}. */
    void list(long from, int limit, Consumer<Schedules.Listing> done) {
        if (isEnded()) {
            done.accept(new Schedules.Listing(ErrorCode.NOT_LEADER_OR_FOLLOWER, List.of(), from));
        } else {
            listings.list(from, limit, done);
        }
    }

    /** Messages as records, see {@link ScheduledView}. */
    void show(View.Ask ask, Consumer<Piece> done) {
        if (state == State.SERVING) {
            listings.show(ask.from(), ask, done);
        } else {
            done.accept(Piece.LATER);
        }
    }

    /** One message as a record. */
    void show(long id, View.Ask ask, Consumer<Piece> done) {
        find(
                new long[] {id},
                answer -> {
                    long at = Listings.place(answer);
                    if (answer instanceof Schedules.Answer.Refused || isEnded()) {
                        done.accept(Piece.LATER);
                    } else {
                        listings.showOne(at, ask, done);
                    }
                });
    }

    /** Adds how it stands. */
    void survey(ScheduleSurvey all) {
        long overdueMs = 0L;
        if (state == State.SERVING) {
            long dueMs = Math.min(timetable.nextDueMs(), deliveries.oldestDueMs());
            overdueMs = Math.max(0L, loop.clock().wallMs() - dueMs);
        } else {
            all.loading++;
        }
        all.topic(partition.name().topic()).add(waiting.size(), overdueMs);
    }

    // ---- its end

    private void count() {
        counts.waiting.add(waiting.size() - counted);
        counted = waiting.size();
    }

    private void fail(String why) {
        if (state != State.ENDED) {
            counts.warn(
                    loop.clock(),
                    "%s: its schedule is read again, %s".formatted(partition.name(), why));
            faulty = true;
            end();
        }
    }

    /** It is of no use any more. */
    void end() {
        if (state == State.ENDED) {
            return;
        }
        state = State.ENDED;
        counts.waiting.add(-counted);
        cancelTimer();
        reader.close();
        deliveries.close();
        carrier.close();
        runs.close();
        lookups.close();
        surroundings.ended.accept(this);
    }

    @Override
    public String toString() {
        return "%s in epoch %d: %s, %d wait, read to %d"
                .formatted(partition.name(), leaderEpoch, state, waiting.size(), readTo);
    }
}
