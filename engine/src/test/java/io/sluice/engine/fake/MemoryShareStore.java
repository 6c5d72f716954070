package io.sluice.engine.fake;

import io.sluice.core.coordinator.Decision;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.share.Changes;
import io.sluice.core.share.ShareCommand;
import io.sluice.core.share.ShareCoordinator;
import io.sluice.core.share.ShareEvent;
import io.sluice.core.share.ShareKey;
import io.sluice.core.share.ShareReply;
import io.sluice.engine.loop.CallerDrivenScheduler;
import io.sluice.engine.loop.EventLoop;
import io.sluice.engine.share.ShareStore;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** A share coordinator in memory that never forgets; how it fails is up to {@link Faults}. */
public final class MemoryShareStore implements ShareStore {

    /** How one call ends. */
    public enum End {
        DONE,
        /** Nothing happened. */
        REFUSED,
        /** It was done, and nobody hears of it. */
        ANSWER_LOST,
        /** It is done long after nobody waits for it any more. */
        LATE,
        /** Nothing happened, and it says otherwise: a defect, for tests of tests. */
        FORGOTTEN
    }

    /** What goes wrong. */
    public interface Faults {
        /** Nothing. */
        Faults NONE = new Faults() {};

        default End next() {
            return End.DONE;
        }

        /** How long the call, and then its answer, is on its way. */
        default long delayNanos() {
            return 1_000_000L;
        }
    }

    private static final long LATE_NANOS = 50_000_000L;

    private final CallerDrivenScheduler scheduler;
    private final ShareCoordinator coordinator = new ShareCoordinator();
    private final List<Runnable> held = new ArrayList<>();
    private Faults faults = Faults.NONE;
    private boolean holds;
    private int writes;
    private int reads;

    public MemoryShareStore(CallerDrivenScheduler scheduler) {
        this.scheduler = scheduler;
    }

    public void faults(Faults when) {
        faults = when;
    }

    /** Calls wait until they are let go. */
    public void hold() {
        holds = true;
    }

    public void letGo() {
        holds = false;
        List<Runnable> all = List.copyOf(held);
        held.clear();
        all.forEach(Runnable::run);
    }

    /** Asked for so far. */
    public int writes() {
        return writes;
    }

    public int reads() {
        return reads;
    }

    /** Asks the coordinator past all faults. */
    public ShareReply ask(ShareCommand command) {
        Decision<ShareEvent, ShareReply> decision = coordinator.decide(1, command, 0);
        decision.events().forEach(coordinator::apply);
        return decision.answers().getFirst().reply();
    }

    /** What is known of a queue. */
    public ShareReply.State state(ShareKey key) {
        return (ShareReply.State) ask(new ShareCommand.Read(key, -1));
    }

    private void call(ShareCommand command, EventLoop replyOn, Consumer<ShareReply> reply) {
        Runnable call =
                () -> {
                    End end = faults.next();
                    ShareReply told =
                            switch (end) {
                                case DONE -> ask(command);
                                case REFUSED ->
                                        new ShareReply.Done(ErrorCode.COORDINATOR_LOAD_IN_PROGRESS);
                                case ANSWER_LOST -> {
                                    ask(command);
                                    yield new ShareReply.Done(ErrorCode.REQUEST_TIMED_OUT);
                                }
                                case LATE -> {
                                    scheduler.after(
                                            LATE_NANOS + faults.delayNanos(), () -> ask(command));
                                    yield new ShareReply.Done(ErrorCode.REQUEST_TIMED_OUT);
                                }
                                case FORGOTTEN ->
                                        command instanceof ShareCommand.Write
                                                ? new ShareReply.Done(ErrorCode.NONE)
                                                : ask(command);
                            };
                    scheduler.after(
                            faults.delayNanos(), () -> replyOn.execute(() -> reply.accept(told)));
                };
        if (holds) {
            held.add(call);
        } else {
            scheduler.after(faults.delayNanos(), call);
        }
    }

    private static ErrorCode error(ShareReply reply) {
        return switch (reply) {
            case ShareReply.Done(ErrorCode error) -> error;
            case ShareReply.State state -> state.error();
            case ShareReply.Group group -> ErrorCode.NONE;
            case ShareReply.Topics topics -> ErrorCode.NONE;
        };
    }

    @Override
    public void read(
            ShareKey key, int leaderEpoch, EventLoop replyOn, Consumer<ShareReply.State> reply) {
        reads++;
        call(
                new ShareCommand.Read(key, leaderEpoch),
                replyOn,
                answer ->
                        reply.accept(
                                switch (answer) {
                                    case ShareReply.State state -> state;
                                    case ShareReply.Done(ErrorCode error) ->
                                            new ShareReply.State(error, 0, 0, -1, 0, List.of());
                                    case ShareReply.Group group ->
                                            throw new IllegalStateException("an odd answer");
                                    case ShareReply.Topics topics ->
                                            throw new IllegalStateException("an odd answer");
                                }));
    }

    @Override
    public void initialize(
            ShareKey key,
            int stateEpoch,
            long start,
            EventLoop replyOn,
            Consumer<ErrorCode> reply) {
        call(
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
        writes++;
        call(
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
}
