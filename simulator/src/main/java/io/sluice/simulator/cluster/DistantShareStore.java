package io.sluice.simulator.cluster;

import io.sluice.core.model.ErrorCode;
import io.sluice.core.share.Changes;
import io.sluice.core.share.ShareCommand;
import io.sluice.core.share.ShareKey;
import io.sluice.core.share.ShareReply;
import io.sluice.engine.coordinator.Reply;
import io.sluice.engine.loop.EventLoop;
import io.sluice.engine.share.ShareStore;
import java.util.List;
import java.util.function.Consumer;

/** What brokers remember for each other, over the simulated network. */
final class DistantShareStore implements ShareStore {

    private final Shares shares;

    DistantShareStore(Shares shares) {
        this.shares = shares;
    }

    @Override
    public void read(
            ShareKey key, int leaderEpoch, EventLoop replyOn, Consumer<ShareReply.State> reply) {
        shares.ask(
                new ShareCommand.Read(key, leaderEpoch),
                replyOn,
                answer -> {
                    ShareReply.State state = state(answer);
                    if (state.error() == ErrorCode.NONE) {
                        shares.learned(key.partition(), state.stateEpoch());
                    }
                    reply.accept(state);
                });
    }

    private static ShareReply.State state(Reply<ShareReply> answer) {
        return switch (answer) {
            case Reply.Answered<ShareReply>(ShareReply.State state) -> state;
            case Reply.Answered<ShareReply> other -> throw odd(other);
            case Reply.Refused<ShareReply>(ErrorCode error) ->
                    new ShareReply.State(error, 0, 0, ShareReply.State.NO_START, 0L, List.of());
        };
    }

    @Override
    public void initialize(
            ShareKey key,
            int stateEpoch,
            long start,
            EventLoop replyOn,
            Consumer<ErrorCode> reply) {
        shares.ask(
                new ShareCommand.Initialize(key, stateEpoch, start),
                replyOn,
                answer -> reply.accept(error(answer)));
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
        shares.ask(
                new ShareCommand.Write(
                        key,
                        stateEpoch,
                        leaderEpoch,
                        changes.number(),
                        changes.start(),
                        doneRecords,
                        changes.batches()),
                replyOn,
                answer -> reply.accept(error(answer)));
    }

    static ErrorCode error(Reply<ShareReply> answer) {
        return switch (answer) {
            case Reply.Answered<ShareReply>(ShareReply.Done(ErrorCode error)) -> error;
            case Reply.Answered<ShareReply> other -> throw odd(other);
            case Reply.Refused<ShareReply>(ErrorCode error) -> error;
        };
    }

    private static IllegalStateException odd(Reply<ShareReply> answer) {
        return new IllegalStateException("an answer to something else: " + answer);
    }
}
