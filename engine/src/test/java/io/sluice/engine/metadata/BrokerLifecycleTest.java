package io.sluice.engine.metadata;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.controller.ClusterImage;
import io.sluice.core.controller.ControllerCommand;
import io.sluice.core.controller.ControllerCommand.BrokerHeartbeat;
import io.sluice.core.controller.ControllerCommand.RegisterBroker;
import io.sluice.core.controller.ControllerReply;
import io.sluice.core.controller.ControllerReply.Standing;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.Uuid;
import io.sluice.core.partition.Lease;
import io.sluice.engine.loop.CallerDrivenLoop;
import io.sluice.engine.loop.CallerDrivenScheduler;
import io.sluice.engine.loop.EventLoop;
import io.sluice.engine.loop.ManualClock;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

final class BrokerLifecycleTest {

    private static final long INTERVAL_MS = 500;
    private static final long SESSION_MS = 3_000;

    private final ManualClock clock = new ManualClock(0);
    private final CallerDrivenScheduler scheduler = new CallerDrivenScheduler(clock);
    private final CallerDrivenLoop loop = new CallerDrivenLoop(scheduler);
    private final Asked asked = new Asked();
    private final BrokerLifecycle broker =
            new BrokerLifecycle(loop, asked, INTERVAL_MS, Lease.of(SESSION_MS));
    private final List<String> told = new ArrayList<>();

    /** A controller that answers when the test says so. */
    private static final class Asked implements Metadata {
        private record One(ControllerCommand command, Consumer<ControllerReply> reply) {}

        private final Deque<One> open = new ArrayDeque<>();

        @Override
        public ClusterImage image() {
            return ClusterImage.EMPTY;
        }

        @Override
        public void submit(
                ControllerCommand command, EventLoop replyOn, Consumer<ControllerReply> reply) {
            open.add(new One(command, reply));
        }

        @Override
        public void quorum(EventLoop replyOn, Consumer<Quorum> reply) {
            throw new AssertionError();
        }

        @Override
        public void catchUp(EventLoop replyOn, Consumer<Boolean> reply) {
            throw new AssertionError();
        }

        @Override
        public void changeVoter(
                int broker,
                boolean votes,
                EventLoop replyOn,
                Consumer<ControllerReply.Outcome> reply) {
            throw new AssertionError();
        }

        @Override
        public void subscribe(ImageListener listener) {
            throw new AssertionError();
        }
    }

    private void start() {
        broker.start(
                new RegisterBroker(
                        7, new Uuid(1, 1), Optional.empty(), List.of(), List.of(), -1L, false),
                () -> told.add("registered"));
        scheduler.runReady();
    }

    private void answer(ErrorCode error, long epoch, Standing standing) {
        Consumer<ControllerReply> reply = asked.open.removeFirst().reply;
        ControllerReply.Outcome outcome = new ControllerReply.Outcome(error, "", Optional.empty());
        loop.execute(
                () -> reply.accept(new ControllerReply(List.of(outcome), -1L, epoch, standing)));
        scheduler.runReady();
    }

    private BrokerHeartbeat heartbeat() {
        assertThat(asked.open).hasSize(1);
        return (BrokerHeartbeat) asked.open.getFirst().command;
    }

    private void pass(long ms) {
        clock.advanceTo(clock.monotonicNanos() + ms * 1_000_000L);
        scheduler.runReady();
    }

    /** Registered under the epoch 3, ready, and active. */
    private void serve() {
        start();
        answer(ErrorCode.NONE, 3, Standing.FENCED);
        broker.ready(() -> told.add("active"));
        scheduler.runReady();
        answer(ErrorCode.NONE, -1, Standing.FENCED);
        scheduler.runReady();
        answer(ErrorCode.NONE, -1, Standing.ACTIVE);
    }

    @Test
    void aRegistrationIsTriedUntilItIsTaken() {
        start();
        answer(ErrorCode.DUPLICATE_BROKER_REGISTRATION, -1, Standing.UNKNOWN);
        assertThat(asked.open).isEmpty();
        pass(1_000);
        assertThat(asked.open).hasSize(1);
        answer(ErrorCode.NONE, 3, Standing.FENCED);
        assertThat(told).containsExactly("registered");
        assertThat(broker.brokerEpoch()).isEqualTo(3);
    }

    @Test
    void itAsksToServeOnceItIsReadyAndGoesOnSayingThatItLives() {
        start();
        answer(ErrorCode.NONE, 3, Standing.FENCED);
        assertThat(heartbeat().wantFence()).isTrue();
        broker.ready(() -> told.add("active"));
        scheduler.runReady();
        answer(ErrorCode.NONE, -1, Standing.FENCED);
        scheduler.runReady();
        assertThat(heartbeat().wantFence()).as("at once, it has news").isFalse();
        assertThat(told).doesNotContain("active");
        answer(ErrorCode.NONE, -1, Standing.ACTIVE);
        assertThat(told).contains("active");
        assertThat(asked.open).isEmpty();
        pass(INTERVAL_MS);
        assertThat(heartbeat().brokerEpoch()).isEqualTo(3);
    }

    /**
     * A controller that stands still may keep the question for longer than the next controller
     * waits: all its brokers were fenced that way.
     */
    @Test
    void aHeartbeatThatIsNotAnsweredHoldsUpNoOther() {
        serve();
        pass(INTERVAL_MS);
        Asked.One lost = asked.open.removeFirst();
        pass(INTERVAL_MS);
        assertThat(heartbeat().wantFence()).isFalse();
        answer(ErrorCode.NONE, -1, Standing.ACTIVE);
        asked.open.add(lost);
        answer(ErrorCode.STALE_BROKER_EPOCH, -1, Standing.UNKNOWN);
        assertThat(asked.open).as("an answer that was overtaken has no effect").isEmpty();
        pass(INTERVAL_MS);
        assertThat(heartbeat().brokerEpoch()).isEqualTo(3);
    }

    @Test
    void heartbeatsThatAreNotAnsweredAreBounded() {
        serve();
        for (int i = 0; i < 100; i++) {
            pass(INTERVAL_MS);
        }
        assertThat(asked.open).hasSize(16);
        while (!asked.open.isEmpty()) {
            answer(ErrorCode.REQUEST_TIMED_OUT, -1, Standing.UNKNOWN);
        }
        pass(INTERVAL_MS);
        assertThat(heartbeat().brokerEpoch()).isEqualTo(3);
    }

    @Test
    void whoIsForgottenRegistersAnew() {
        serve();
        pass(INTERVAL_MS);
        answer(ErrorCode.STALE_BROKER_EPOCH, -1, Standing.UNKNOWN);
        assertThat(asked.open.getFirst().command).isInstanceOf(RegisterBroker.class);
        answer(ErrorCode.NONE, 9, Standing.FENCED);
        assertThat(broker.brokerEpoch()).isEqualTo(9);
        assertThat(heartbeat().brokerEpoch()).isEqualTo(9);
        assertThat(heartbeat().wantFence()).isFalse();
    }

    @Test
    void itLeavesWhenOthersLead() {
        serve();
        broker.leave(60_000, () -> told.add("left"));
        scheduler.runReady();
        assertThat(heartbeat().wantShutdown()).isTrue();
        answer(ErrorCode.NONE, -1, Standing.SHUTTING_DOWN);
        assertThat(told).doesNotContain("left");
        pass(INTERVAL_MS);
        answer(ErrorCode.NONE, -1, Standing.MAY_STOP);
        assertThat(told).endsWith("left");
        pass(60_000);
        assertThat(asked.open).isEmpty();
        assertThat(told).containsOnlyOnce("left");
    }

    @Test
    void itLeavesAllTheSameWhenNobodyAnswers() {
        serve();
        broker.leave(1_000, () -> told.add("left"));
        scheduler.runReady();
        pass(1_000);
        assertThat(told).endsWith("left");
    }

    @Test
    void itsLeaseCountsFromWhenItAsked() {
        broker.onLease(() -> told.add("lease"));
        serve();
        assertThat(broker.hasLease()).isTrue();
        pass(INTERVAL_MS);
        pass(1_000); // the answer takes that long
        asked.open.clear();
        pass(SESSION_MS - INTERVAL_MS - 1_000 - 1);
        assertThat(told).doesNotContain("lease");
        pass(1);
        assertThat(broker.hasLease()).isFalse();
        assertThat(told).containsOnlyOnce("lease");
    }

    @Test
    void anAnswerThatIsTooLateIsNoLease() {
        broker.onLease(() -> told.add("lease"));
        serve();
        pass(INTERVAL_MS);
        pass(2 * SESSION_MS);
        assertThat(broker.hasLease()).isFalse();
        answer(ErrorCode.NONE, -1, Standing.ACTIVE); // to the oldest question
        assertThat(broker.hasLease()).isFalse();
        assertThat(told).containsOnlyOnce("lease");
        while (!asked.open.isEmpty()) {
            answer(ErrorCode.NONE, -1, Standing.ACTIVE);
        }
        pass(INTERVAL_MS);
        answer(ErrorCode.NONE, -1, Standing.ACTIVE);
        assertThat(broker.hasLease()).isTrue();
        assertThat(told).endsWith("lease");
    }
}
