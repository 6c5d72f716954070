package io.sluice.simulator;

import io.sluice.core.model.ErrorCode;
import io.sluice.core.share.Changes;
import io.sluice.core.share.ShareCommand;
import io.sluice.core.share.ShareKey;
import io.sluice.core.share.ShareReply;
import io.sluice.core.share.StateBatch;
import io.sluice.core.share.StateBatch.Settled;
import io.sluice.engine.loop.EventLoop;
import io.sluice.engine.share.ShareStore;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * A store of queues that is not what it should be; all that a mistake leaves alone is passed on.
 */
class SpoiltShareStore implements ShareStore {

    private final ShareStore honest;

    private SpoiltShareStore(ShareStore honest) {
        this.honest = honest;
    }

    /** One that changes what is told of records, or keeps it secret. */
    static ShareStore telling(
            ShareStore honest, Function<StateBatch, Optional<StateBatch>> change) {
        return new SpoiltShareStore(honest) {
            @Override
            public void read(
                    ShareKey key,
                    int leaderEpoch,
                    EventLoop replyOn,
                    Consumer<ShareReply.State> reply) {
                super.read(
                        key, leaderEpoch, replyOn, state -> reply.accept(changed(state, change)));
            }
        };
    }

    private static ShareReply.State changed(
            ShareReply.State state, Function<StateBatch, Optional<StateBatch>> change) {
        List<StateBatch> batches =
                state.batches().stream().map(change).flatMap(Optional::stream).toList();
        return new ShareReply.State(
                state.error(),
                state.stateEpoch(),
                state.leaderEpoch(),
                state.start(),
                state.doneRecords(),
                batches);
    }

    /** Says at once that changes are stored, and stores them half a second later. */
    static final class Hasty extends SpoiltShareStore {
        private static final long LATE_MS = 500;

        Hasty(ShareStore honest) {
            super(honest);
        }

        @Override
        public void write(
                ShareKey key,
                int stateEpoch,
                int leaderEpoch,
                Changes changes,
                long doneRecords,
                EventLoop replyOn,
                Consumer<ErrorCode> reply) {
            replyOn.post(() -> {
                replyOn.schedule(
                        LATE_MS,
                        () ->
                                super.write(
                                        key,
                                        stateEpoch,
                                        leaderEpoch,
                                        changes,
                                        doneRecords,
                                        replyOn,
                                        error -> {}));
                reply.accept(ErrorCode.NONE);
            });
        }
    }

    /** What a leader writes. */
    record Written(int stateEpoch, int leaderEpoch, Changes changes) {}

    /** One that writes something else, as it finds the state. */
    static ShareStore writing(
            ShareStore honest, BiFunction<Written, ShareReply.State, Written> change) {
        return new SpoiltShareStore(honest) {
            @Override
            public void write(
                    ShareKey key,
                    int stateEpoch,
                    int leaderEpoch,
                    Changes changes,
                    long doneRecords,
                    EventLoop replyOn,
                    Consumer<ErrorCode> reply) {
                read(
                        key,
                        -1,
                        replyOn,
                        state -> {
                            Written now =
                                    change.apply(
                                            new Written(stateEpoch, leaderEpoch, changes), state);
                            super.write(
                                    key,
                                    now.stateEpoch,
                                    now.leaderEpoch,
                                    now.changes,
                                    doneRecords,
                                    replyOn,
                                    reply);
                        });
            }
        };
    }

    /** As whoever leads now. */
    static Written unfenced(Written honest, ShareReply.State state) {
        Changes changes = honest.changes;
        return new Written(
                honest.stateEpoch,
                Math.max(honest.leaderEpoch, state.leaderEpoch()),
                new Changes(ShareCommand.Write.NO_NUMBER, changes.start(), changes.batches()));
    }

    /** As of the queue as it is now. */
    static Written unmindful(Written honest, ShareReply.State state) {
        return new Written(state.stateEpoch(), honest.leaderEpoch, honest.changes);
    }

    /** Without that something is not done any more. */
    static Written withoutReplays(Written honest, ShareReply.State state) {
        Changes changes = honest.changes;
        List<StateBatch> left = new ArrayList<>();
        for (StateBatch batch : changes.batches()) {
            if (batch.last() >= state.start()) {
                left.add(
                        wasDone(batch, state)
                                ? new StateBatch(batch.first(), batch.last(), Settled.SETTLED)
                                : batch);
            }
        }
        return new Written(
                honest.stateEpoch,
                honest.leaderEpoch,
                new Changes(changes.number(), Math.max(changes.start(), state.start()), left));
    }

    private static boolean wasDone(StateBatch batch, ShareReply.State state) {
        return state.batches().stream()
                .anyMatch(one ->
                        one.fate() == Settled.SETTLED
                                && one.first() <= batch.first()
                                && batch.last() <= one.last());
    }

    @Override
    public void read(
            ShareKey key, int leaderEpoch, EventLoop replyOn, Consumer<ShareReply.State> reply) {
        honest.read(key, leaderEpoch, replyOn, reply);
    }

    @Override
    public void initialize(
            ShareKey key,
            int stateEpoch,
            long start,
            EventLoop replyOn,
            Consumer<ErrorCode> reply) {
        honest.initialize(key, stateEpoch, start, replyOn, reply);
    }

    @Override
    public void write(
            ShareKey key,
            int stateEpoch,
            int leaderEpoch,
            Changes changes,
            long doneRecords,
            EventLoop replyOn,
            Consumer<ErrorCode> reply) {
        honest.write(key, stateEpoch, leaderEpoch, changes, doneRecords, replyOn, reply);
    }
}
