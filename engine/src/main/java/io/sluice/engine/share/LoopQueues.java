package io.sluice.engine.share;

import io.sluice.core.model.ErrorCode;
import io.sluice.core.share.ShareKey;
import io.sluice.core.share.SharePartition;
import io.sluice.core.share.ShareReply;
import io.sluice.engine.loop.EventLoop;
import io.sluice.engine.partition.Partition;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The queues of the partitions of one loop, which owns this. A queue is loaded when somebody asks
 * for it, and thrown away when nobody did for a while: an idle one costs its leader nothing.
 */
final class LoopQueues {
    private static final int WINDOW_BYTES = 8 << 10;

    /** Queues that one look at the idle ones goes through. */
    private static final int MAX_LOOKED_AT = 10_000;

    /**
     * @param maxQueues of one loop at work at once; one more is refused
     * @param idleMs how long a queue stays that nobody asks for
     * @param lookMs how often that is looked at
     * @param maxAhead runs that queues may know together that look into records
     */
    record Limits(int maxQueues, long idleMs, long lookMs, int maxAhead) {
        static final Limits DEFAULT = new Limits(200_000, 60_000, 10_000, partOfTheHeap());

        private static final int BYTES_OF_A_RUN = 400;

        /** An eighth of the heap, for as many loops as there are processors. */
        private static int partOfTheHeap() {
            Runtime here = Runtime.getRuntime();
            long runs = here.maxMemory() / 8 / BYTES_OF_A_RUN / here.availableProcessors();
            return (int) Math.min(Integer.MAX_VALUE, runs);
        }

        Limits(int maxQueues, long idleMs, long lookMs) {
            this(maxQueues, idleMs, lookMs, DEFAULT.maxAhead);
        }

        Limits {
            if (maxQueues <= 0 || idleMs < 0 || lookMs <= 0 || maxAhead < 0) {
                throw new IllegalArgumentException("every bound is larger than zero");
            }
        }
    }

    private final EventLoop loop;
    private final Limits limits;
    private final Ahead.Room room;
    private final long beganMicros;
    private final Surroundings surroundings;
    private final QueueCounts counts = new QueueCounts();

    /** Those nobody asked for longest first. */
    private final LinkedHashMap<ShareKey, HostedQueue> queues =
            new LinkedHashMap<>(16, 0.75f, true);

    private long number;
    private EventLoop.@Nullable Timer look;

    LoopQueues(
            EventLoop loop,
            Limits limits,
            ShareStore store,
            Function<String, QueueRules> rules,
            DeadLetterBox dead,
            RecordWalks walks,
            Ledger.Book ledger,
            QuestionBox questions) {
        this.loop = loop;
        this.limits = limits;
        this.room = new Ahead.Room(limits.maxAhead);
        this.beganMicros = loop.clock().wallMs() * 1_000L - loop.clock().monotonicNanos() / 1_000L;
        this.surroundings =
                new Surroundings(
                        store,
                        rules,
                        dead,
                        ledger,
                        questions,
                        ByteBuffer.allocate(WINDOW_BYTES),
                        walks,
                        room,
                        () -> ++number,
                        this::micros,
                        counts,
                        this::ended);
    }

    private void ended(HostedQueue queue) {
        queues.remove(queue.key(), queue);
    }

    int size() {
        return queues.size();
    }

    /** Any thread may read them. */
    QueueCounts counts() {
        return counts;
    }

    /** What queues know ahead that look into records, in runs. */
    int runsAhead() {
        return room.taken();
    }

    /** The queue if it is at work; null if not. */
    @Nullable HostedQueue find(ShareKey key) {
        return queues.get(key);
    }

    /** The queue, which may begin to load now; null if there can be none, see {@link #refusal}. */
    @Nullable HostedQueue at(ShareKey key, Partition partition) {
        HostedQueue known = queues.get(key);
        if (known != null && !known.isEnded() && !known.isOf(partition)) {
            known.endOfEpoch();
            known = queues.get(key); // while its last write is on its way
        }
        if (known == null) {
            known = load(key, partition);
        }
        if (known != null) {
            known.used(nowMs());
        }
        return known;
    }

    private @Nullable HostedQueue load(ShareKey key, Partition partition) {
        boolean full = queues.size() >= limits.maxQueues;
        if (partition.leadingEpoch() < 0
                || counts.refuses(QueueCounts.Limit.QUEUES, full && !letGo(0, 1))) {
            return null;
        }
        HostedQueue made = new HostedQueue(key, partition, partition.leadingEpoch(), surroundings);
        queues.put(key, made);
        if (look == null) {
            look = loop.schedule(limits.lookMs, this::look);
        }
        made.load();
        return made;
    }

    /**
     * Gives the machine of a queue to look at, and not to step: that of the queue at work, or one
     * that is made of what is remembered; neither begins a queue.
     *
     * @param done at once or later; null with NONE for a queue that has not begun
     */
    void look(
            ShareKey key,
            Partition partition,
            BiConsumer<ErrorCode, @Nullable SharePartition<?>> done) {
        HostedQueue known = queues.get(key);
        SharePartition<?> atWork = known != null && known.isOf(partition) ? known.machine() : null;
        if (atWork != null) {
            done.accept(ErrorCode.NONE, atWork);
            return;
        }
        QueueRules rules = surroundings.rules().apply(key.group());
        surroundings
                .store()
                .read(
                        key,
                        partition.leadingEpoch(),
                        loop,
                        stored -> done.accept(stored.error(), remembered(stored, rules)));
    }

    private static @Nullable SharePartition<?> remembered(
            ShareReply.State stored, QueueRules rules) {
        return stored.error() != ErrorCode.NONE || stored.start() == ShareReply.State.NO_START
                ? null
                : new SharePartition<Object>(rules.share(), stored.start(), stored.batches());
    }

    /** Why there is no queue of the partition, or none that gives anything now. */
    static ErrorCode refusal(Partition partition) {
        return partition.leadingEpoch() < 0 || partition.isInDoubt()
                ? ErrorCode.NOT_LEADER_OR_FOLLOWER
                : ErrorCode.REPLICA_NOT_AVAILABLE;
    }

    private long nowMs() {
        return loop.clock().monotonicMs();
    }

    /** Since 1970, if the clock was right when this began; never back, whatever it does since. */
    private long micros() {
        return beganMicros + loop.clock().monotonicNanos() / 1_000L;
    }

    private void look() {
        look = null;
        letGo(limits.idleMs, MAX_LOOKED_AT);
        if (!queues.isEmpty()) {
            look = loop.schedule(limits.lookMs, this::look);
        }
    }

    /** Lets go of those that nobody asked for as long; whether there was any. */
    private boolean letGo(long idleMs, int most) {
        long before = nowMs() - idleMs;
        List<HostedQueue> old = new ArrayList<>();
        for (HostedQueue queue : queues.values()) {
            if (queue.usedMs() > before || old.size() >= most) {
                break;
            }
            old.add(queue);
        }
        boolean any = false;
        for (HostedQueue queue : old) {
            if (!queue.leads()) {
                queue.endOfEpoch();
                any = true;
            } else if (queue.isIdle()) {
                queue.end(ErrorCode.NONE);
                any = true;
            } else {
                queues.get(queue.key()); // it is looked at again after the others
                queue.used(nowMs());
            }
        }
        return any;
    }
}
