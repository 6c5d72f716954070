package io.sluice.engine.metadata;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.controller.BalanceSettings;
import io.sluice.core.controller.ClusterImage;
import io.sluice.core.controller.Controller;
import io.sluice.core.controller.ControllerCommand;
import io.sluice.core.controller.ControllerCommand.AlterReassignments;
import io.sluice.core.controller.ControllerCommand.BrokerHeartbeat;
import io.sluice.core.controller.ControllerCommand.CreateTopics;
import io.sluice.core.controller.ControllerCommand.NewTopic;
import io.sluice.core.controller.ControllerCommand.RegisterBroker;
import io.sluice.core.controller.ControllerReply;
import io.sluice.core.model.Uuid;
import io.sluice.engine.loop.CallerDrivenLoop;
import io.sluice.engine.loop.CallerDrivenScheduler;
import io.sluice.engine.loop.ManualClock;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class BalanceWatchTest {

    private final CallerDrivenScheduler scheduler =
            new CallerDrivenScheduler(new ManualClock(1_000L));
    private final CallerDrivenLoop loop = new CallerDrivenLoop(scheduler);
    private final Controller controller = new Controller(new Settings());
    private final Deque<Sent> sent = new ArrayDeque<>();
    private ClusterImage image = ClusterImage.EMPTY;
    private long index;

    private record Sent(ControllerCommand command, Consumer<ControllerReply> reply) {}

    private static final class Settings implements Controller.Defaults {
        @Override
        public int partitions() {
            return 1;
        }

        @Override
        public int replicationFactor() {
            return 1;
        }

        @Override
        public boolean topicDeletion() {
            return true;
        }
    }

    private static BalanceSettings settings() {
        return new BalanceSettings(
                true,
                false,
                false,
                new TreeSet<>(),
                1_000L,
                2,
                2,
                20,
                5,
                0L,
                60_000L,
                true,
                1_000L);
    }

    private BalanceWatch watch(boolean alone) {
        return new BalanceWatch(
                loop,
                BalanceWatchTest::settings,
                () -> image,
                (command, reply) -> sent.add(new Sent(command, reply)),
                alone);
    }

    private ControllerReply decide(ControllerCommand command) {
        Controller.Decision decision = controller.decide(command);
        decision.events().forEach(controller::apply);
        image = controller.image(++index);
        return decision.reply();
    }

    private void join(int id) {
        long epoch =
                decide(
                                new RegisterBroker(
                                        id,
                                        new Uuid(1, id),
                                        Optional.empty(),
                                        List.of(),
                                        List.of(),
                                        -1L,
                                        false))
                        .brokerEpoch();
        decide(new BrokerHeartbeat(id, epoch, 0L, false, false, List.of()));
    }

    private void unevenCluster() {
        join(1);
        decide(
                new CreateTopics(
                        List.of(new NewTopic("t", new Uuid(2, 2), 8, 1, Map.of(), Map.of())),
                        false));
        join(2);
    }

    @Test
    void asksAgainOnlyWhenTheLastStepIsAnswered() {
        unevenCluster();
        BalanceWatch watch = watch(false);
        loop.enter(watch::begin);
        scheduler.advanceMs(5_000);
        assertThat(sent).hasSize(1);
        Sent first = sent.remove();
        assertThat(first.command()).isInstanceOf(AlterReassignments.class);
        assertThat(((AlterReassignments) first.command()).byBalance()).isTrue();
        assertThat(watch.report()).contains("step planned t 0 1 2 replicas");
        ControllerReply reply = decide(first.command());
        loop.enter(() -> first.reply().accept(reply));
        scheduler.advanceMs(1_000);
        assertThat(watch.report()).contains("step moving t 0 1 2 replicas");
        assertThat(sent).as("two are under way, no more may be").isEmpty();
    }

    @Test
    void restsWhileAnotherOneDecides() {
        unevenCluster();
        BalanceWatch watch = watch(false);
        loop.enter(watch::begin);
        loop.enter(watch::end);
        scheduler.advanceMs(60_000);
        assertThat(sent).isEmpty();
        loop.enter(watch::begin);
        scheduler.advanceMs(5_000);
        assertThat(sent).hasSize(1);
    }

    @Test
    void aBrokerAloneIsOnlyLookedAt() {
        join(1);
        BalanceWatch watch = watch(true);
        loop.enter(watch::begin);
        scheduler.advanceMs(60_000);
        assertThat(sent).isEmpty();
        assertThat(watch.report()).contains("state calm", "broker 1 active 0 0 0 0");
    }
}
