package io.sluice.engine.coordinator;

import io.sluice.core.coordinator.Answer;
import io.sluice.core.coordinator.Coordinator;
import io.sluice.core.coordinator.Decision;
import io.sluice.core.model.BatchHeader;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.record.BatchWriter;
import io.sluice.engine.log.FileSlice;
import io.sluice.engine.loop.Completion;
import io.sluice.engine.loop.EventLoop;
import io.sluice.engine.partition.Partition;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The coordinator of one partition. Owned by the partition's loop.
 *
 * <pre>
 *   AWAY ──begins to lead, or is asked while it leads──▶ LOADING ──all is committed──▶ SERVING
 *     ▲                                                     │                          │
 *     └── leads no more, an append or a read failed, a defect ◀────────────────────────┘
 * </pre>
 *
 * It serves once it has loaded the whole log as it was when the partition began to lead, which
 * takes until all of that is committed: what an earlier leader answered lies below, and what it did
 * not may yet count (KIP-207 has the same for the offsets that readers are told).
 *
 * <p>Events of a decision are applied at once, so the next decision sees them, and gathered; one
 * append is under way at a time and takes along all that gathered, as one batch. An answer, also
 * one without events, is held until every event applied before it is committed. When an append
 * fails the machine knows what the log does not: it is thrown away, and loaded again.
 */
final class CoordinatorShard<C, E, R> {

    private static final Logger LOG = LoggerFactory.getLogger(CoordinatorShard.class);

    /** When a failed load is tried again while nobody asks: doubled each time, within bounds. */
    private static final long FIRST_RETRY_MS = 1_000;

    private static final long LAST_RETRY_MS = 60_000;

    /** A machine that names a deadline in the past must not keep the loop busy. */
    private static final long MIN_DELAY_MS = 1;

    private static final long NO_DEADLINE = Long.MAX_VALUE;

    /** No record has that offset: a watch for it wakes when the partition leads no more. */
    private static final long NEVER = Long.MAX_VALUE - 1;

    private enum State {
        AWAY,
        LOADING,
        SERVING
    }

    /**
     * What all shards of a topic share.
     *
     * @param leads whether this broker is to lead the partition, and nobody else may
     * @param serving is told when a shard begins to serve, on its loop
     */
    record Tools<C, E, R>(
            CoordinatorSettings settings,
            IntFunction<Coordinator<C, E, R>> machines,
            EventCodec<E> codec,
            EventLog<E> log,
            Predicate<Partition> leads,
            Consumer<Partition> serving,
            LoadCounts loads) {}

    /** Who is to be answered. */
    private record Asker<R>(EventLoop replyOn, Consumer<Reply<R>> reply) {
        void tell(Reply<R> what) {
            replyOn.execute(() -> reply.accept(what));
        }
    }

    /** An answer that waits for a batch. */
    private record Held<R>(long batch, Asker<R> asker, R answer) {}

    private final Partition partition;
    private final EventLoop loop;
    private final Tools<C, E, R> tools;
    private final CoordinatorSettings settings;
    private final Map<Long, Asker<R>> askers = new HashMap<>();
    private final ArrayDeque<Held<R>> held = new ArrayDeque<>();
    private State state = State.AWAY;
    private @Nullable Coordinator<C, E, R> machine;

    /** Counts lives of the machine: what belongs to an earlier one has no effect. */
    private long life;

    private long retryMs = FIRST_RETRY_MS;
    private long loadingSinceNanos;
    private long nextToken;
    private BatchWriter gathered = new BatchWriter();

    /** The number of the batch that gathers, and of the last one committed. */
    private long gathering = 1;

    private long committed;
    private boolean appending;
    private boolean appendPosted;
    private EventLoop.@Nullable Timer deadline;
    private long deadlineMs = NO_DEADLINE;
    private Partition.@Nullable Watch watch;

    /**
     * Wall time less monotonic time when the shard was made: sessions bear no step of the clock.
     */
    private final long wallAheadMs;

    CoordinatorShard(Partition partition, Tools<C, E, R> tools) {
        this.partition = partition;
        this.loop = partition.loop();
        this.tools = tools;
        this.settings = tools.settings;
        this.wallAheadMs = loop.clock().wallMs() - monotonicMs();
    }

    Partition partition() {
        return partition;
    }

    private long monotonicMs() {
        return loop.clock().monotonicMs();
    }

    private long nowMs() {
        return monotonicMs() + wallAheadMs;
    }

    /** Loads, if the partition leads and that has not begun. */
    void wake() {
        if (state == State.AWAY && tools.leads.test(partition) && !isToLead()) {
            load();
        }
    }

    /** Decides a command, or refuses it. */
    void submit(C command, EventLoop replyOn, Consumer<Reply<R>> reply) {
        wake();
        Asker<R> asker = new Asker<>(replyOn, reply);
        Coordinator<C, E, R> now = machine;
        if (state != State.SERVING || now == null || partition.isInDoubt()) {
            asker.tell(
                    new Reply.Refused<>(
                            state == State.LOADING || isToLead()
                                    ? ErrorCode.COORDINATOR_LOAD_IN_PROGRESS
                                    : ErrorCode.NOT_COORDINATOR));
            return;
        }
        if (askers.size() + held.size() >= settings.maxWaiting()
                || gathered.sizeInBytes() > settings.maxGatheredBytes()) {
            asker.tell(new Reply.Refused<>(ErrorCode.COORDINATOR_LOAD_IN_PROGRESS));
            return;
        }
        long token = nextToken++;
        askers.put(token, asker);
        Decision<E, R> decision;
        try {
            decision = now.decide(token, command, nowMs());
        } catch (RuntimeException defect) {
            // What it changed half-way is not to be trusted: the log tells it anew.
            LOG.error("{}: a command could not be decided", partition.name(), defect);
            askers.remove(token);
            asker.tell(new Reply.Refused<>(ErrorCode.UNKNOWN_SERVER_ERROR));
            away(ErrorCode.NOT_COORDINATOR);
            retryLater();
            return;
        }
        carryOut(now, decision);
    }

    private void carryOut(Coordinator<C, E, R> now, Decision<E, R> decision) {
        try {
            for (E event : decision.events()) {
                now.apply(event);
                gathered.add(
                        tools.codec.key(event), tools.codec.value(event), loop.clock().wallMs());
            }
        } catch (RuntimeException defect) {
            LOG.error("{}: an event could not be applied", partition.name(), defect);
            away(ErrorCode.NOT_COORDINATOR);
            retryLater();
            return;
        }
        requestAppend();
        scheduleDeadline();
        // Told last: whoever is told may come back with the next command at once.
        long waitsFor = gathered.records() > 0 ? gathering : gathering - 1;
        for (Answer<R> answer : decision.answers()) {
            Asker<R> asker = askers.remove(answer.token());
            if (asker == null) {
                continue;
            }
            if (waitsFor <= committed) {
                asker.tell(new Reply.Answered<>(answer.reply()));
            } else {
                held.addLast(new Held<>(waitsFor, asker, answer.reply()));
            }
        }
    }

    /** At the end of the loop's turn, so that all that the turn decides shares the batch. */
    private void requestAppend() {
        if (gathered.records() > 0 && !appending && !appendPosted) {
            appendPosted = true;
            long of = life;
            loop.post(() -> {
                if (of == life) {
                    appendPosted = false;
                    append();
                }
            });
        }
    }

    private void append() {
        if (gathered.records() == 0 || appending || state != State.SERVING) {
            return;
        }
        ByteBuffer batch = gathered.take();
        long number = gathering++;
        long of = life;
        appending = true;
        partition.append(
                batch,
                List.of(BatchHeader.read(batch, 0)),
                (short) -1,
                settings.appendTimeoutMs(),
                result -> appended(of, number, result));
    }

    private void appended(long of, long number, Partition.AppendResult result) {
        if (of != life) {
            return;
        }
        appending = false;
        if (result.error() != ErrorCode.NONE) {
            LOG.warn(
                    "{}: events could not be stored ({}), the coordinator is loaded again",
                    partition.name(),
                    result.error());
            away(ErrorCode.NOT_COORDINATOR);
            retryLater();
            return;
        }
        committed = number;
        append();
        while (of == life) {
            Held<R> first = held.peekFirst();
            if (first == null || first.batch > committed) {
                return;
            }
            held.removeFirst();
            first.asker.tell(new Reply.Answered<>(first.answer));
        }
    }

    private void scheduleDeadline() {
        Coordinator<C, E, R> now = machine;
        long next = now == null ? NO_DEADLINE : now.nextDeadlineMs();
        if (next == deadlineMs) {
            return;
        }
        if (deadline != null) {
            deadline.cancel();
            deadline = null;
        }
        deadlineMs = next;
        if (next == NO_DEADLINE) {
            return;
        }
        long of = life;
        deadline =
                loop.schedule(
                        Math.max(MIN_DELAY_MS, next - nowMs()),
                        () -> {
                            if (of == life) {
                                deadlinePassed();
                            }
                        });
    }

    private void deadlinePassed() {
        deadline = null;
        deadlineMs = NO_DEADLINE;
        Coordinator<C, E, R> now = machine;
        if (now == null) {
            return;
        }
        Decision<E, R> decision;
        try {
            decision = now.onDeadline(nowMs());
        } catch (RuntimeException defect) {
            LOG.error("{}: a deadline could not be met", partition.name(), defect);
            away(ErrorCode.NOT_COORDINATOR);
            retryLater();
            return;
        }
        carryOut(now, decision);
    }

    /** Forgets the machine and all that waits for it. */
    private void away(ErrorCode reason) {
        life++;
        state = State.AWAY;
        machine = null;
        gathered = new BatchWriter();
        appending = false;
        appendPosted = false;
        committed = gathering;
        gathering++;
        if (deadline != null) {
            deadline.cancel();
            deadline = null;
        }
        deadlineMs = NO_DEADLINE;
        if (watch != null) {
            watch.cancel();
            watch = null;
        }
        List<Asker<R>> waiting = List.copyOf(askers.values());
        List<Held<R>> answered = List.copyOf(held);
        askers.clear();
        held.clear();
        waiting.forEach(asker -> asker.tell(new Reply.Refused<>(reason)));
        answered.forEach(one -> one.asker.tell(new Reply.Refused<>(reason)));
    }

    private void retryLater() {
        long of = life;
        long delayMs = retryMs;
        retryMs = Math.min(LAST_RETRY_MS, 2 * retryMs);
        loop.schedule(
                delayMs,
                () -> {
                    if (of == life) {
                        wake();
                    }
                });
    }

    private void load() {
        life++;
        state = State.LOADING;
        long of = life;
        watch =
                partition.watch(
                        NEVER,
                        false,
                        () -> {
                            if (of == life) {
                                watch = null;
                                away(ErrorCode.NOT_COORDINATOR);
                            }
                        });
        loadingSinceNanos = loop.clock().monotonicNanos();
        Coordinator<C, E, R> empty = tools.machines.apply(partition.name().partition());
        loadFrom(of, empty, partition.status().logStartOffset());
    }

    /** The image is ahead of the partition: it will lead in a moment, and wake this then. */
    private boolean isToLead() {
        return tools.leads.test(partition)
                && partition.endOfEpoch(0, BatchHeader.NO_LEADER_EPOCH).error()
                        == ErrorCode.NOT_LEADER_OR_FOLLOWER;
    }

    private void loadFrom(long of, Coordinator<C, E, R> filling, long offset) {
        Partition.FetchResult read =
                partition.fetch(
                        new Partition.FetchSpec(offset, -1, -1, settings.loadBytes(), true, false));
        if (read.error() != ErrorCode.NONE) {
            loadFailed(read.error().toString());
            return;
        }
        FileSlice slice = read.read().slice();
        if (slice == null) {
            reachedEnd(of, filling, offset);
        } else if (read.read().cold()) {
            partition.warm(slice, whole -> warmed(of, filling, slice, whole));
        } else {
            read(of, filling, slice);
        }
    }

    /** What comes from the device is checked: who finds damage gives the partition up. */
    private void warmed(long of, Coordinator<C, E, R> filling, FileSlice slice, boolean whole) {
        if (whole && of == life) {
            read(of, filling, slice);
            return;
        }
        slice.release();
        if (of == life) {
            loadFailed("its log is damaged");
        }
    }

    private void read(long of, Coordinator<C, E, R> filling, FileSlice slice) {
        tools.log.read(
                slice,
                loop,
                Completion.of(
                        page -> {
                            if (of == life) {
                                replay(of, filling, page, 0);
                            }
                        },
                        fault -> {
                            if (of == life) {
                                loadFailed(fault.getMessage());
                            }
                        }));
    }

    private void loadFailed(@Nullable String why) {
        LOG.warn("{}: the coordinator could not be loaded: {}", partition.name(), why);
        tools.loads.failed();
        away(ErrorCode.NOT_COORDINATOR);
        retryLater();
    }

    /** Applies some events and goes on in the next turn of the loop. */
    private void replay(long of, Coordinator<C, E, R> filling, EventLog.Page<E> page, int from) {
        int to = Math.min(page.events().size(), from + settings.eventsPerTurn());
        try {
            for (int i = from; i < to; i++) {
                filling.apply(page.events().get(i));
            }
        } catch (RuntimeException defect) {
            LOG.error("{}: an event could not be replayed", partition.name(), defect);
            away(ErrorCode.NOT_COORDINATOR);
            retryLater();
            return;
        }
        loop.post(() -> {
            if (of != life) {
                return;
            }
            if (to < page.events().size()) {
                replay(of, filling, page, to);
            } else {
                loadFrom(of, filling, page.nextOffset());
            }
        });
    }

    /** All that is readable is loaded; what is appended and not readable yet is waited for. */
    private void reachedEnd(long of, Coordinator<C, E, R> filling, long offset) {
        if (offset < partition.status().logEndOffset()) {
            partition.watch(
                    offset,
                    false,
                    () -> {
                        if (of == life) {
                            loadFrom(of, filling, offset);
                        }
                    });
            return;
        }
        state = State.SERVING;
        tools.loads.loaded(loop.clock().monotonicNanos() - loadingSinceNanos);
        retryMs = FIRST_RETRY_MS;
        machine = filling;
        scheduleDeadline();
        tools.serving.accept(partition);
    }
}
