package io.sluice.engine.share;

import io.sluice.core.model.ErrorCode;
import io.sluice.core.share.Changes;
import io.sluice.core.share.ShareKey;
import io.sluice.core.share.ShareReply;
import io.sluice.engine.loop.EventLoop;
import io.sluice.engine.partition.Partition;
import io.sluice.engine.partition.Partition.OffsetAnswer;
import io.sluice.engine.partition.Partition.OffsetQuery;
import java.util.function.Consumer;

/**
 * What is remembered of one queue: reads it, sets a queue up that nobody knew, and stores changes,
 * trying again what may pass with pauses that grow up to {@value #LAST_RETRY_MS} ms. Owned by the
 * partition's loop.
 */
final class Memory {
    static final long FIRST_RETRY_MS = 20;
    static final long LAST_RETRY_MS = 2_000;

    private final ShareKey key;
    private final Partition partition;
    private final EventLoop loop;
    private final int leaderEpoch;
    private final ShareStore store;
    private final Listener listener;
    private boolean closed;
    private boolean writing;

    /** Who hears of it. */
    interface Listener {

        /** Something failed that does not pass. */
        void over(ErrorCode why);

        /** It was closed while a write was under way, and none is any more. */
        void quiet();
    }

    Memory(
            ShareKey key,
            Partition partition,
            int leaderEpoch,
            ShareStore store,
            Listener listener) {
        this.key = key;
        this.partition = partition;
        this.loop = partition.loop();
        this.leaderEpoch = leaderEpoch;
        this.store = store;
        this.listener = listener;
    }

    /** Nothing more is tried or told, but that the write under way is over. */
    void close() {
        closed = true;
    }

    /** Whether a write is on its way: what is read now may be older than what it brings. */
    boolean isWriting() {
        return writing;
    }

    /** What is known; a start among it, as a queue without one is given one first. */
    void read(QueueRules.Start start, Consumer<ShareReply.State> done) {
        read(start, FIRST_RETRY_MS, done);
    }

    private void read(QueueRules.Start start, long retryMs, Consumer<ShareReply.State> done) {
        store.read(
                key,
                leaderEpoch,
                loop,
                state -> {
                    if (goesOn(state.error(), retryMs, next -> read(start, next, done))) {
                        if (state.start() == ShareReply.State.NO_START) {
                            findStart(start, state.stateEpoch(), retryMs, done);
                        } else {
                            done.accept(state);
                        }
                    }
                });
    }

    private void findStart(
            QueueRules.Start start, int stateEpoch, long retryMs, Consumer<ShareReply.State> done) {
        partition.listOffset(
                query(start),
                leaderEpoch,
                answer -> {
                    if (goesOn(answer.error(), retryMs, next -> read(start, next, done))) {
                        found(start, answer, stateEpoch, retryMs, done);
                    }
                });
    }

    private OffsetQuery query(QueueRules.Start start) {
        return switch (start) {
            case QueueRules.Start.Earliest earliest -> new OffsetQuery.Earliest();
            case QueueRules.Start.Latest latest -> new OffsetQuery.Latest(false);
            case QueueRules.Start.Ago(long ms) ->
                    new OffsetQuery.AtTime(Math.max(0, loop.clock().wallMs() - ms), false);
        };
    }

    private void found(
            QueueRules.Start start,
            OffsetAnswer answer,
            int stateEpoch,
            long retryMs,
            Consumer<ShareReply.State> done) {
        long offset = answer.found().offset();
        if (offset < 0) { // nothing is as new as that
            findStart(new QueueRules.Start.Latest(), stateEpoch, retryMs, done);
            return;
        }
        // Another leader may have been faster; what it said counts, and is read again.
        store.initialize(
                key,
                stateEpoch,
                offset,
                loop,
                told -> {
                    boolean late = told == ErrorCode.FENCED_STATE_EPOCH;
                    ErrorCode error = late ? ErrorCode.NONE : told;
                    if (goesOn(error, retryMs, next -> read(start, next, done))) {
                        read(start, longer(retryMs), done);
                    }
                });
    }

    /** Stores changes, the last ones being stored. */
    void write(int stateEpoch, Changes changes, long doneRecords, Runnable done) {
        write(stateEpoch, changes, doneRecords, FIRST_RETRY_MS, done);
    }

    private void write(
            int stateEpoch, Changes changes, long doneRecords, long retryMs, Runnable done) {
        writing = true;
        store.write(
                key,
                stateEpoch,
                leaderEpoch,
                changes,
                doneRecords,
                loop,
                error -> {
                    writing = false;
                    if (closed) {
                        listener.quiet();
                    } else if (goesOn(
                            error,
                            retryMs,
                            next -> write(stateEpoch, changes, doneRecords, next, done))) {
                        done.run();
                    }
                });
    }

    /** What is to be tried again after a pause, and how long the next one is. */
    @FunctionalInterface
    private interface Again {
        void run(long nextRetryMs);
    }

    /** Whether it worked; else it is tried again, or over. */
    private boolean goesOn(ErrorCode error, long retryMs, Again again) {
        if (closed) {
            return false;
        }
        if (error == ErrorCode.NONE) {
            return true;
        }
        if (partition.leadingEpoch() != leaderEpoch || !mayPass(error)) {
            listener.over(ErrorCode.NOT_LEADER_OR_FOLLOWER);
        } else {
            loop.schedule(
                    retryMs,
                    () -> {
                        if (!closed) {
                            again.run(longer(retryMs));
                        }
                    });
        }
        return false;
    }

    private static long longer(long retryMs) {
        return Math.min(LAST_RETRY_MS, retryMs * 2);
    }

    /** Not if somebody else leads, or the queue was set anew, or deleted. */
    private static boolean mayPass(ErrorCode error) {
        return switch (error) {
            case FENCED_LEADER_EPOCH,
                    FENCED_STATE_EPOCH,
                    INVALID_REQUEST,
                    UNKNOWN_TOPIC_OR_PARTITION,
                    GROUP_ID_NOT_FOUND ->
                    false;
            default -> true;
        };
    }
}
