package io.sluice.engine.share;

import io.sluice.core.model.ErrorCode;
import io.sluice.core.share.ShareKey;
import io.sluice.engine.loop.EventLoop;
import io.sluice.engine.partition.Partition;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One demand until it is answered. Visits its queues, loop after loop, each with what is left of
 * the records and the bytes. If none gives anything it parks at all of them; those that wake it are
 * visited again.
 *
 * <pre>
 *   VISITING ──records, an error, or no more time──▶ ENDED
 *      ▲  └──nothing──▶ PARKED ──time is up──▶ ENDED
 *      └────woken─────────┘
 * </pre>
 *
 * <p>Owned by the loop that is answered on; a visit goes from loop to loop, and what it carries
 * belongs to the loop where it is.
 */
final class TakeRound implements Queues.Taking {

    /** How long a demand may wait, whatever the client asks. */
    private static final long MAX_WAIT_MS = 60_000;

    /** How often who wants many bytes looks whether they are there. */
    private static final long LOOK_MS = 50;

    private enum Stage {
        VISITING,
        PARKED,
        ENDED
    }

    /** One of the queues. */
    private static final class Stop {
        final ShareKey key;

        /** Of the visit under way. */
        boolean fresh;

        long awaits;

        /** Where it waits; of the round's loop. */
        @Nullable Seat seat;

        Stop(ShareKey key, boolean fresh) {
            this.key = key;
            this.fresh = fresh;
        }
    }

    /** The stops of one loop in a visit. */
    private static final class Group {
        final EventLoop loop;
        final List<Stop> stops = new ArrayList<>();
        final List<Partition> partitions = new ArrayList<>();
        int next;
        boolean asking;
        boolean answered;

        Group(EventLoop loop) {
            this.loop = loop;
        }
    }

    private final HostedQueues queues;
    private final Demand demand;
    private final EventLoop loop;
    private final Consumer<List<Delivery>> done;
    private final List<Stop> stops = new ArrayList<>();
    private final Set<Stop> woken = new LinkedHashSet<>();

    /** Those of the woken that are visited now. */
    private List<Stop> called = List.of();

    /** What those say that it waited at. */
    private final List<Delivery> errors = new ArrayList<>(1);

    private Stage stage = Stage.VISITING;
    private boolean lastVisit;
    private volatile boolean gone;
    private EventLoop.@Nullable Timer deadline;
    private EventLoop.@Nullable Timer look;

    // What a visit carries.
    private List<Group> groups = List.of();
    private final List<Delivery> deliveries = new ArrayList<>();
    private boolean estimates;
    private long estimated;
    private long recordsLeft;
    private long bytesLeft;

    TakeRound(HostedQueues queues, Demand demand, EventLoop loop, Consumer<List<Delivery>> done) {
        this.queues = queues;
        this.demand = demand;
        this.loop = loop;
        this.done = done;
        for (Demand.Wanted wanted : demand.queues()) {
            stops.add(new Stop(wanted.key(), wanted.fresh()));
        }
    }

    void begin() {
        if (gone) {
            stage = Stage.ENDED;
            return;
        }
        long waitMs = Math.min(demand.maxWaitMs(), MAX_WAIT_MS);
        lastVisit |= waitMs <= 0 || stops.isEmpty();
        if (!lastVisit) {
            deadline = loop.schedule(waitMs, this::hurry);
        }
        lookAround();
    }

    @Override
    public void hurry() {
        lastVisit = true;
        if (stage == Stage.PARKED && wantsMuch()) {
            lookAround();
        } else if (stage == Stage.PARKED) {
            end();
        }
    }

    @Override
    public void cancel() {
        gone = true;
        if (stage == Stage.PARKED) {
            end();
        }
    }

    private boolean wantsMuch() {
        return demand.minBytes() > 1;
    }

    /** Visits all of them, or looks first whether there is enough. */
    private void lookAround() {
        if (look != null) {
            look.cancel();
            look = null;
        }
        estimates = wantsMuch() && !lastVisit;
        estimated = 0;
        called = List.of();
        visit(stops);
    }

    // ---- a visit

    private void visit(Iterable<Stop> which) {
        stage = Stage.VISITING;
        recordsLeft = demand.maxRecords();
        bytesLeft = demand.maxBytes();
        groups = grouped(which);
        goTo(0);
    }

    private List<Group> grouped(Iterable<Stop> which) {
        Map<EventLoop, Group> byLoop = new LinkedHashMap<>();
        for (Stop stop : which) {
            Partition partition = queues.partition(stop.key);
            if (partition == null) {
                deliveries.add(Delivery.refused(stop.key, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION));
            } else {
                Group group = byLoop.computeIfAbsent(partition.loop(), Group::new);
                group.stops.add(stop);
                group.partitions.add(partition);
            }
        }
        return new ArrayList<>(byLoop.values());
    }

    private void goTo(int index) {
        if (index == groups.size() || !hasRoom()) {
            groups.subList(index, groups.size()).forEach(this::announce);
            loop.execute(this::visited);
            return;
        }
        Group group = groups.get(index);
        group.loop.execute(() -> {
            prepare(group);
            ask(index, group);
        });
    }

    /** The member will not say again that it is new there. */
    private void announce(Group group) {
        if (!gone) {
            group.loop.execute(() -> prepare(group));
        }
    }

    private boolean hasRoom() {
        return recordsLeft > 0 && bytesLeft > 0 && !gone;
    }

    /** All begin to load before the first is asked. */
    private void prepare(Group group) {
        LoopQueues here = queues.of(group.loop);
        for (int i = 0; i < group.stops.size(); i++) {
            Stop stop = group.stops.get(i);
            HostedQueue queue = here.at(stop.key, group.partitions.get(i));
            if (queue != null && stop.fresh) {
                stop.fresh = false;
                stop.awaits = queue.prepare();
            }
        }
    }

    /** Asks one after the other; an answer may come at once or later. */
    private void ask(int index, Group group) {
        while (group.next < group.stops.size() && hasRoom()) {
            group.answered = false;
            group.asking = true;
            ask(index, group, group.next++);
            group.asking = false;
            if (!group.answered) {
                return;
            }
        }
        goTo(index + 1);
    }

    private void ask(int index, Group group, int number) {
        Stop stop = group.stops.get(number);
        Partition partition = group.partitions.get(number);
        LoopQueues here = queues.of(group.loop);
        HostedQueue queue = partition.isInDoubt() ? null : here.at(stop.key, partition);
        if (queue == null) {
            deliveries.add(Delivery.refused(stop.key, LoopQueues.refusal(partition)));
            group.answered = true;
        } else if (estimates) {
            estimated += queue.available((int) Math.max(1, demand.minBytes() - estimated));
            group.answered = true;
        } else {
            queue.take(
                    new Take(
                            demand.who(),
                            (int) recordsLeft,
                            demand.strict(),
                            demand.batchSize(),
                            (int) bytesLeft,
                            stop.awaits,
                            delivery -> answered(index, group, delivery)));
        }
    }

    private void answered(int index, Group group, Delivery delivery) {
        if (delivery.error() != ErrorCode.NONE || !delivery.acquired().isEmpty()) {
            deliveries.add(delivery);
            recordsLeft -= delivery.count();
            bytesLeft -= delivery.bytes();
        }
        if (group.asking) {
            group.answered = true;
        } else {
            ask(index, group);
        }
    }

    private void visited() {
        if (gone || !deliveries.isEmpty() || !errors.isEmpty()) {
            end();
        } else if (estimates && (lastVisit || estimated >= demand.minBytes())) {
            estimates = false;
            visit(stops);
        } else if (lastVisit) {
            end();
        } else if (wantsMuch()) {
            stage = Stage.PARKED;
            look = loop.schedule(LOOK_MS, this::lookAround);
        } else if (!woken.isEmpty()) {
            visitWoken();
        } else {
            park();
        }
    }

    // ---- waiting

    /** Takes a seat at every queue where it has none; a wake may come before all are taken. */
    private void park() {
        stage = Stage.PARKED;
        for (Stop stop : stops) {
            Partition partition = queues.partition(stop.key);
            if (stop.seat == null && partition != null && stage == Stage.PARKED) {
                Seat seat = new Seat(queues, partition, stop.key, stop.awaits);
                stop.seat = seat;
                seat.sit(error -> loop.post(() -> wake(stop, seat, error)));
            }
        }
    }

    private void wake(Stop stop, Seat seat, ErrorCode error) {
        if (stage == Stage.ENDED || stop.seat != seat) {
            return; // who left has passed it on
        }
        stop.seat = null;
        if (error != ErrorCode.NONE) {
            errors.add(Delivery.refused(stop.key, error));
        } else {
            woken.add(stop);
        }
        if (stage == Stage.PARKED && !errors.isEmpty()) {
            end();
        } else if (stage == Stage.PARKED) {
            visitWoken();
        }
    }

    private void visitWoken() {
        called = List.copyOf(woken);
        woken.clear();
        visit(called);
    }

    // ---- the end

    private void end() {
        stage = Stage.ENDED;
        cancel(deadline);
        cancel(look);
        for (Stop stop : stops) {
            if (stop.seat != null) {
                stop.seat.leave();
                stop.seat = null;
            }
        }
        woken.forEach(stop -> queues.passOn(stop.key));
        if (called.size() > 1) { // perhaps not all were reached
            called.forEach(stop -> queues.passOn(stop.key));
        }
        if (gone) {
            deliveries.forEach(this::giveBack);
        } else {
            deliveries.addAll(errors);
            done.accept(List.copyOf(deliveries));
        }
    }

    private static void cancel(EventLoop.@Nullable Timer timer) {
        if (timer != null) {
            timer.cancel();
        }
    }

    private void giveBack(Delivery delivery) {
        if (delivery.records() != null) {
            delivery.records().release();
            queues.giveBack(delivery.key(), demand.member(), delivery.acquired());
        }
    }
}
