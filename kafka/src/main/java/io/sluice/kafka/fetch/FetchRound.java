package io.sluice.kafka.fetch;

import io.sluice.core.model.ErrorCode;
import io.sluice.engine.log.FileSlice;
import io.sluice.engine.loop.EventLoop;
import io.sluice.engine.partition.Partition;
import io.sluice.engine.partition.Partition.FetchResult;
import io.sluice.kafka.connection.KafkaRequest;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One fetch request until it is answered. Reads all partitions, loop after loop, each with what is
 * left of the bytes; if that is too little it parks and watches them all. When one grows it is
 * asked how many bytes it has now, and once there are enough or time is up, those are read again in
 * which anything has changed: of thousands that a follower waits for, most have not.
 *
 * <pre>
 *   READING ──enough, an error, or no more time──▶ WARMING ──▶ ENDED
 *      ▲  └──too little──▶ PARKED
 *      └──grown enough, an error, or the deadline──┘
 * </pre>
 *
 * Owned by the connection's loop; {@link #read}, {@link #watch} and {@link #grew} run on the loop
 * of the partition they are about. Slices read belong to the round until the answer takes them
 * over; if the connection goes, they are released by whichever step comes next.
 */
final class FetchRound {

    /** Passes that a watch caused and that found nothing new, before the next is put off. */
    private static final int MAX_FRUITLESS = 3;

    /** How long a pass is put off when watches wake for nothing: too many readers wait there. */
    private static final long RETRY_MS = 50;

    private enum Stage {
        READING,
        PARKED,
        WARMING,
        ENDED
    }

    private final FetchCall call;
    private final KafkaRequest request;
    private final Runnable onEnd;
    private final PartitionReader reader;
    private final @Nullable NearestReplica nearest;
    private final int maxBytes;
    private final int minBytes;
    private Stage stage = Stage.READING;
    private EventLoop.@Nullable Timer deadline;
    private EventLoop.@Nullable Timer retry;
    private boolean lastPass;
    private int fruitless;
    private int warming;

    /** A step runs elsewhere, and will come back. */
    private boolean away;

    private volatile boolean gone;

    /** Of one pass. */
    private int pass;

    private List<FetchItem> items = List.of();
    private List<Group> groups = List.of();
    private long available;

    /** Of one pass; these two go from loop to loop with it. */
    private int bytesLeft;

    private boolean found;

    /** The partitions were looked up in this pass. */
    private boolean located;

    /** One went since: all are looked up again. */
    private boolean moved;

    /** The partitions of one loop. */
    private record Group(EventLoop loop, List<FetchItem> items) {}

    /**
     * @param reader how partitions are read
     * @param onEnd told once, when it is answered or given up
     */
    FetchRound(FetchCall call, PartitionReader reader, Runnable onEnd) {
        this.call = call;
        this.request = call.request();
        this.onEnd = onEnd;
        this.reader = reader;
        String rack = call.data().rackId();
        this.nearest =
                call.services().readNearby() && !rack.isEmpty()
                        ? new NearestReplica(call.services().metadata().image(), rack)
                        : null;
        this.maxBytes = call.maxBytes();
        this.minBytes = Math.min(call.data().minBytes(), maxBytes);
    }

    void begin(boolean mayWait) {
        request.onAbandon(this::abandon);
        request.onHurry(this::finalPass);
        if (reader instanceof ReplicaReader) {
            request.onFollowed(this::finalPass);
        }
        int waitMs = call.waitMs();
        lastPass = !mayWait || waitMs == 0;
        if (!lastPass) {
            deadline = request.schedule(waitMs, this::finalPass);
        }
        pass();
    }

    private void pass() {
        stage = Stage.READING;
        pass++;
        bytesLeft = maxBytes;
        found = false;
        located = items.isEmpty();
        if (located) {
            locate();
        }
        readGroup(0);
    }

    private void locate() {
        items = call.locate();
        groups = new ArrayList<>(2);
        for (FetchItem item : items) {
            if (item.partition != null) {
                groupOf(item.partition.loop()).items.add(item);
            }
        }
    }

    private Group groupOf(EventLoop loop) {
        for (Group group : groups) {
            if (group.loop == loop) {
                return group;
            }
        }
        Group group = new Group(loop, new ArrayList<>());
        groups.add(group);
        return group;
    }

    private void readGroup(int index) {
        away = false;
        if (index == groups.size()) {
            passed();
            return;
        }
        away = true;
        Group group = groups.get(index);
        request.executeOn(group.loop, () -> readAll(group.items, index + 1));
    }

    private void readAll(List<FetchItem> ofLoop, int next) {
        try {
            for (FetchItem item : ofLoop) {
                read(item);
            }
        } catch (RuntimeException defect) {
            request.execute(() -> {
                end();
                throw defect;
            });
            return;
        }
        request.execute(() -> readGroup(next));
    }

    /** The first partition that has anything gives at least one batch, however large (KIP-74). */
    private void read(FetchItem item) {
        Partition partition = item.partition;
        item.unwatch();
        if (partition == null || gone) {
            return;
        }
        FetchResult before = item.result;
        if (before != null
                && nearest == null
                && reader.stillFinds(partition, item.wanted, before)) {
            return;
        }
        if (!located && call.isGone(item)) {
            moved = true;
            return;
        }
        if (nearest != null) {
            item.nearest = nearest.of(partition, item.wanted.fetchOffset);
        }
        boolean here = item.nearest == NearestReplica.NOBODY;
        int most = here ? Math.max(0, Math.min(bytesLeft, item.wanted.maxBytes)) : 0;
        FetchResult result = reader.read(partition, item.wanted, most, here && !found);
        item.result = result;
        item.error = result.error();
        int bytes = item.bytes();
        found |= bytes > 0;
        bytesLeft -= bytes;
    }

    /** Every partition was read once. */
    private void passed() {
        if (gone) {
            end();
            return;
        }
        if (moved) {
            moved = false;
            items.forEach(FetchItem::release);
            items = List.of();
            pass();
            return;
        }
        long before = available;
        available = 0;
        boolean mustAnswer = lastPass;
        for (FetchItem item : items) {
            item.available = item.bytes();
            available += item.available;
            mustAnswer |=
                    item.error != ErrorCode.NONE
                            || item.isDiverging()
                            || item.nearest != NearestReplica.NOBODY;
        }
        if (mustAnswer || available >= minBytes) {
            warm();
        } else {
            fruitless = available > before ? 0 : fruitless + 1;
            park();
        }
    }

    private void park() {
        stage = Stage.PARKED;
        boolean watched = fruitless <= MAX_FRUITLESS;
        for (Group group : groups) {
            List<FetchItem> ofLoop = group.items;
            int now = pass;
            request.executeOn(
                    group.loop,
                    () -> {
                        for (FetchItem item : ofLoop) {
                            watch(item, watched, now);
                        }
                    });
        }
        if (!watched) {
            passLater();
        }
    }

    /** What is readable now was too little: wait for more than that. */
    private void watch(FetchItem item, boolean watched, int inPass) {
        FetchResult result = item.result;
        item.seenBytes = item.bytes();
        item.release();
        if (result != null && watched && !gone) {
            watchFrom(item, reader.readableEnd(item.wanted, result), inPass);
        }
    }

    private void watchFrom(FetchItem item, long readableEnd, int inPass) {
        Partition partition = item.partition;
        if (partition != null) {
            long from = Math.max(item.wanted.fetchOffset, readableEnd);
            item.watch = reader.watch(partition, from, () -> grew(item, inPass));
        }
    }

    /** A watch woke; it does so once. Whoever wants one byte has it now. */
    private void grew(FetchItem item, int inPass) {
        Partition partition = item.partition;
        if (partition == null || gone) {
            return;
        }
        item.watch = null;
        long bytes = minBytes;
        if (minBytes > 1) {
            int limit = Math.clamp(item.wanted.maxBytes, 1, minBytes);
            bytes = reader.bytesAvailable(partition, item.wanted.fetchOffset, limit);
            if (bytes > item.seenBytes && bytes < minBytes) {
                watchFrom(item, reader.readableEnd(partition), inPass);
            }
        }
        boolean inVain = bytes >= 0 && bytes <= item.seenBytes;
        item.seenBytes = Math.max(0, bytes);
        long now = bytes;
        // Never inside the partition that woke us: its caller has work to end.
        request.post(() -> counted(item, now, inVain, inPass));
    }

    private void counted(FetchItem item, long bytes, boolean inVain, int inPass) {
        if (stage != Stage.PARKED || inPass != pass) {
            return; // a later pass reads anyway, or has read
        }
        if (inVain) {
            passLater();
            return;
        }
        available += Math.max(0, bytes) - item.available;
        item.available = Math.max(0, bytes);
        if (bytes < 0 || available >= minBytes) {
            available = 0;
            passAgain();
        }
    }

    /** Watches do not help: too many readers wait there, and one more is woken at once. */
    private void passLater() {
        if (retry == null) {
            retry = request.schedule(RETRY_MS, this::passAgain);
        }
    }

    private void passAgain() {
        if (stage == Stage.PARKED) {
            retry = cancelled(retry);
            pass();
        }
    }

    private void finalPass() {
        lastPass = true;
        passAgain();
    }

    private void unpark() {
        retry = cancelled(retry);
        for (Group group : groups) {
            List<FetchItem> watched = group.items;
            request.executeOn(group.loop, () -> watched.forEach(FetchItem::unwatch));
        }
    }

    /** What is not in memory is read into it off the loops, so that sending never waits. */
    private void warm() {
        stage = Stage.WARMING;
        deadline = cancelled(deadline);
        List<FetchItem> cold = new ArrayList<>(0);
        for (FetchItem item : items) {
            FetchResult result = item.result;
            if (result != null && result.read().slice() != null && result.read().cold()) {
                cold.add(item);
            }
        }
        if (cold.isEmpty()) {
            answer();
            return;
        }
        warming = cold.size();
        away = true;
        for (FetchItem item : cold) {
            Partition partition = item.partition;
            FileSlice slice = item.slice();
            if (partition != null && slice != null) {
                request.executeOn(
                        partition.loop(),
                        () ->
                                partition.warm(
                                        slice,
                                        whole -> request.execute(() -> warmed(item, whole))));
            }
        }
    }

    private void warmed(FetchItem item, boolean whole) {
        if (!whole) {
            item.release();
            item.error = ErrorCode.KAFKA_STORAGE_ERROR;
        }
        if (--warming > 0) {
            return;
        }
        away = false;
        if (gone) {
            end();
        } else {
            answer();
        }
    }

    private void answer() {
        call.answer(items);
        ended();
    }

    /** Gives up, and gives back what was read. */
    private void end() {
        items.forEach(FetchItem::release);
        ended();
    }

    private void ended() {
        if (stage != Stage.ENDED) {
            stage = Stage.ENDED;
            deadline = cancelled(deadline);
            onEnd.run();
        }
    }

    private static EventLoop.@Nullable Timer cancelled(EventLoop.@Nullable Timer timer) {
        if (timer != null) {
            timer.cancel();
        }
        return null;
    }

    /** The connection went, or a defect ended the request. */
    private void abandon() {
        gone = true;
        deadline = cancelled(deadline);
        if (stage == Stage.PARKED) {
            unpark(); // its slices were given back when it parked
            ended();
        } else if (stage != Stage.ENDED && !away) {
            end();
        }
    }
}
