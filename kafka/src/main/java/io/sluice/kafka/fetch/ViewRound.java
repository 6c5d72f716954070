package io.sluice.kafka.fetch;

import io.sluice.core.model.ErrorCode;
import io.sluice.engine.log.FileSlice;
import io.sluice.engine.log.LogRead;
import io.sluice.engine.loop.EventLoop;
import io.sluice.engine.partition.Partition;
import io.sluice.engine.partition.Partition.FetchResult;
import io.sluice.engine.view.BuiltSlice;
import io.sluice.engine.view.Piece;
import io.sluice.engine.view.View;
import io.sluice.kafka.connection.KafkaRequest;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One fetch request that is answered by a view (docs/adr/views.md). Asks partition after partition,
 * each with what is left of the bytes; if nobody has anything it parks until one of them can be
 * read further.
 *
 * <pre>
 *   READING ──something, an error, or no more time──▶ ENDED
 *      ▲  └──nothing──▶ PARKED
 *      └──one grew, or the deadline──┘
 * </pre>
 *
 * Owned by the connection's loop; {@link #read} and {@link #watch} run on the loop of the partition
 * they are about. What a view gives is memory: whoever does not want it any more lets it lie.
 */
final class ViewRound {

    /** How long a view that cannot go on yet is left alone. */
    private static final long RETRY_MS = 50;

    /** Passes that a watch caused and that found nothing, before the next is put off. */
    private static final int MAX_FRUITLESS = 3;

    private enum Stage {
        READING,
        PARKED,
        ENDED
    }

    private final FetchCall call;
    private final KafkaRequest request;
    private final View view;
    private final Runnable onEnd;
    private final boolean committed;
    private Stage stage = Stage.READING;
    private EventLoop.@Nullable Timer deadline;
    private EventLoop.@Nullable Timer retry;
    private boolean lastPass;
    private int fruitless;
    private volatile boolean gone;

    // Of one pass.
    private List<FetchItem> items = List.of();
    private int pass;

    /** Goes from loop to loop with the pass, as does {@link #later}. */
    private int bytesLeft;

    private boolean later;

    /**
     * @param onEnd told once, when it is answered or given up
     */
    ViewRound(FetchCall call, View view, Runnable onEnd) {
        this.call = call;
        this.request = call.request();
        this.view = view;
        this.onEnd = onEnd;
        this.committed = call.committed();
    }

    void begin(boolean mayWait) {
        request.onAbandon(this::abandon);
        request.onHurry(this::finalPass);
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
        bytesLeft = call.maxBytes();
        later = false;
        items = call.locate();
        visit(0);
    }

    private void visit(int from) {
        if (gone) {
            ended();
            return;
        }
        for (int i = from; i < items.size(); i++) {
            FetchItem item = items.get(i);
            Partition partition = item.partition;
            if (partition != null) {
                int next = i + 1;
                request.executeOn(
                        partition.loop(),
                        () -> read(item, partition, () -> request.post(() -> visit(next))));
                return;
            }
        }
        passed();
    }

    /** What it may read is decided as for every consumer; what it gets is the view's. */
    private void read(FetchItem item, Partition partition, Runnable done) {
        if (partition.leadingEpoch() < 0 || partition.isInDoubt()) {
            item.error = ErrorCode.NOT_LEADER_OR_FOLLOWER; // views are the leader's
            done.run();
            return;
        }
        FetchResult state =
                partition.fetch(
                        new Partition.FetchSpec(
                                item.wanted.fetchOffset,
                                item.wanted.currentLeaderEpoch,
                                item.wanted.lastFetchedEpoch,
                                0,
                                false,
                                committed));
        FileSlice unwanted = state.read().slice();
        if (unwanted != null) {
            unwanted.release();
        }
        item.error = state.error();
        item.result = with(state, LogRead.NOTHING);
        int most = Math.min(bytesLeft, item.wanted.maxBytes);
        if (state.error() != ErrorCode.NONE
                || state.diverging() != null
                || item.wanted.fetchOffset >= end(state)
                || most <= 0
                || gone) {
            done.run();
            return;
        }
        View.Ask ask = new View.Ask(item.wanted.fetchOffset, end(state), most, committed);
        view.read(
                partition,
                ask,
                piece -> {
                    took(item, state, piece);
                    done.run();
                });
    }

    private long end(FetchResult state) {
        return committed ? state.lastStableOffset() : state.highWatermark();
    }

    private void took(FetchItem item, FetchResult state, Piece piece) {
        item.error = piece.error();
        if (piece.records().hasRemaining()) {
            item.result = with(state, new LogRead(new BuiltSlice(piece.records()), false));
            bytesLeft -= item.bytes();
        } else {
            later |= piece.error() == ErrorCode.NONE;
        }
    }

    /** Nothing in a view belongs to a transaction: nobody has to leave anything out. */
    private static FetchResult with(FetchResult state, LogRead read) {
        return new FetchResult(
                state.error(),
                state.highWatermark(),
                state.lastStableOffset(),
                state.logStartOffset(),
                read,
                List.of(),
                state.diverging());
    }

    /** Every partition was asked once. */
    private void passed() {
        boolean any = lastPass;
        for (FetchItem item : items) {
            any |= item.error != ErrorCode.NONE || item.isDiverging() || item.bytes() > 0;
        }
        if (any) {
            answer();
        } else {
            park();
        }
    }

    private void park() {
        stage = Stage.PARKED;
        if (later || fruitless++ > MAX_FRUITLESS) {
            retry = request.schedule(RETRY_MS, this::passAgain);
            return;
        }
        int now = pass;
        for (FetchItem item : items) {
            Partition partition = item.partition;
            FetchResult result = item.result;
            if (partition != null && result != null) {
                request.executeOn(partition.loop(), () -> watch(item, partition, end(result), now));
            }
        }
    }

    private void watch(FetchItem item, Partition partition, long end, int inPass) {
        if (!gone) {
            long from = Math.max(item.wanted.fetchOffset, end);
            item.watch = partition.watch(from, committed, () -> request.post(() -> grew(inPass)));
        }
    }

    private void grew(int inPass) {
        if (inPass == pass) {
            passAgain();
        }
    }

    private void passAgain() {
        if (stage == Stage.PARKED) {
            unpark();
            pass();
        }
    }

    private void finalPass() {
        lastPass = true;
        passAgain();
    }

    private void unpark() {
        retry = cancelled(retry);
        for (FetchItem item : items) {
            Partition partition = item.partition;
            if (partition != null) {
                request.executeOn(partition.loop(), item::unwatch);
            }
        }
    }

    private void answer() {
        call.answer(items);
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

    /** The connection went, or a defect ended the request; a read under way ends by itself. */
    private void abandon() {
        gone = true;
        deadline = cancelled(deadline);
        if (stage == Stage.PARKED) {
            unpark();
        }
        ended();
    }
}
