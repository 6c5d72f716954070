package io.sluice.engine.share;

import static io.sluice.engine.share.QueueBench.LOCK_MS;
import static io.sluice.engine.share.QueueBench.demand;
import static io.sluice.engine.share.QueueBench.key;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.model.ErrorCode;
import io.sluice.core.share.Acknowledgement;
import io.sluice.core.share.Acknowledgement.Type;
import io.sluice.core.share.BackOff;
import io.sluice.core.share.ShareCommand;
import io.sluice.core.share.ShareSettings;
import io.sluice.engine.share.Demand.Wanted;
import io.sluice.engine.share.QueueBench.Answer;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Queues of one broker by example: other leaders, starts that are set anew, many, and the dead. */
class QueuesOverTimeTest {
    private final QueueBench bench = new QueueBench();

    @BeforeEach
    void host() {
        bench.host(2);
    }

    @AfterEach
    void everySliceIsReleased() {
        bench.scheduler.advanceMs(120_000);
        assertThat(bench.logs.openSlices()).isZero();
    }

    private static Demand fresh(String member) {
        return new Demand(
                member, List.of(new Wanted(key("g", 0), true)), 10, true, 1_000, 1 << 20, 1, 50);
    }

    // ---- leaders

    @Test
    void theNextLeaderGoesOnFromWhatIsStored() {
        bench.append(0, 5);
        bench.take("m", 10);
        bench.tell("m", 1, 2, Type.ACCEPT);
        bench.settle();
        bench.nextEpoch();
        bench.settle();
        List<ErrorCode> late = bench.tell("m", 0, 0, Type.ACCEPT);
        Answer next = bench.take("n", 10);
        assertThat(late).doesNotContain(ErrorCode.NONE);
        assertThat(next.ranges).containsExactly("0-0 x2", "3-4 x2");
        bench.crash();
        bench.settle();
        assertThat(bench.take("n", 10).ranges).containsExactly("0-0 x2", "3-4 x2");
    }

    @Test
    void aLeaderThatIsFencedSaysSo() {
        bench.append(0, 5);
        bench.take("m", 10);
        bench.store.ask(new ShareCommand.Read(key("g", 0), bench.epoch + 1));
        List<ErrorCode> answers = bench.tell("m", 0, 4, Type.ACCEPT);
        bench.settle();
        assertThat(answers).containsExactly(ErrorCode.NOT_LEADER_OR_FOLLOWER);
        assertThat(bench.store.state(key("g", 0)).start()).isZero();
        assertThat(bench.take("m", 1).errors).containsExactly(ErrorCode.NOT_LEADER_OR_FOLLOWER);
    }

    @Test
    void aQueueThatWasSetAnewIsSeenByWhoComesFresh() {
        bench.append(0, 5);
        bench.take("m", 10);
        bench.tell("m", 0, 4, Type.ACCEPT);
        bench.settle();
        bench.store.ask(new ShareCommand.Initialize(key("g", 0), 1, 2));
        assertThat(bench.take("m", 10).ranges).as("who was there").isEmpty();
        assertThat(bench.take(fresh("n")).ranges).containsExactly("2-4 x1");
    }

    @Test
    void whoComesFreshAndHasEnoughSoonIsKnownAtAllQueues() {
        bench.append(1, 2);
        bench.take(demand("m", 10, 50, key("g", 0), key("g", 1)));
        bench.queues.acknowledge(
                key("g", 1),
                "m",
                List.of(new Acknowledgement(0, 1, Type.ACCEPT)),
                bench.door,
                error -> {});
        bench.settle();
        bench.store.ask(new ShareCommand.Initialize(key("g", 1), 1, 0));
        bench.append(0, 2);
        Demand little =
                new Demand(
                        "n",
                        List.of(new Wanted(key("g", 0), true), new Wanted(key("g", 1), true)),
                        1,
                        true,
                        1_000,
                        1 << 20,
                        1,
                        50);
        assertThat(bench.take(little).ranges).containsExactly("0-0 x1");
        assertThat(bench.take(demand("n", 10, 50, key("g", 1))).ranges).containsExactly("0-1 x1");
    }

    @Test
    void whoComesFreshIsServedAsTheOthers() {
        bench.append(0, 2);
        assertThat(bench.take(fresh("m")).ranges).containsExactly("0-1 x1");
        bench.append(0, 2);
        assertThat(bench.take(fresh("n")).ranges).containsExactly("2-3 x1");
        Answer waits = bench.ask(fresh("o"));
        bench.scheduler.advanceMs(10);
        bench.append(0, 1);
        bench.settle();
        assertThat(waits.ranges).containsExactly("4-4 x1");
    }

    @Test
    void aQueueWhoseStateWasDeletedBeginsAnew() {
        bench.append(0, 2);
        bench.take("m", 10);
        bench.store.ask(new ShareCommand.Delete(key("g", 0)));
        List<ErrorCode> answers = bench.tell("m", 0, 1, Type.ACCEPT);
        bench.settle();
        assertThat(answers).containsExactly(ErrorCode.NOT_LEADER_OR_FOLLOWER);
        assertThat(bench.take("m", 10).ranges).containsExactly("0-1 x1");
    }

    // ---- many

    @Test
    void anIdleQueueIsThrownAwayAndKnowsAllWhenItIsAskedAgain() {
        bench.append(0, 5);
        bench.take("m", 3);
        bench.tell("m", 1, 1, Type.ACCEPT);
        bench.settle();
        assertThat(bench.atWork()).isEqualTo(1);
        bench.scheduler.advanceMs(120_000);
        assertThat(bench.atWork()).isZero();
        assertThat(bench.take("m", 10).ranges).containsExactly("0-0 x2", "2-2 x2", "3-4 x1");
    }

    @Test
    void aQueueThatIsWaitedAtStays() {
        bench.ask(demand("m", 3, 60_000, key("g", 0)));
        bench.scheduler.advanceMs(59_000);
        assertThat(bench.atWork()).isEqualTo(1);
    }

    @Test
    void noMoreQueuesAreAtWorkThanAllowedAndIdleOnesGoFirst() {
        bench.limits = new LoopQueues.Limits(2, 60_000, 10_000);
        bench.newQueues();
        bench.append(0, 1);
        for (String group : List.of("a", "b", "c")) {
            assertThat(bench.take(demand("m", 1, 50, key(group, 0))).ranges)
                    .containsExactly("0-0 x1");
            bench.queues.acknowledge(
                    key(group, 0),
                    "m",
                    List.of(new Acknowledgement(0, 0, Type.ACCEPT)),
                    bench.door,
                    error -> {});
            bench.settle();
        }
        assertThat(bench.atWork()).isEqualTo(2);
        for (String group : List.of("d", "e")) {
            bench.take(demand("m", 1, 50, key(group, 0)));
        }
        assertThat(bench.take(demand("m", 1, 50, key("f", 0))).errors)
                .containsExactly(ErrorCode.REPLICA_NOT_AVAILABLE);
    }

    // ---- dead letters

    @Test
    void aDeadLetterIsWrittenBeforeTheRecordIsDone() {
        bench.rules.put(
                "g",
                new QueueRules(
                        new ShareSettings(LOCK_MS, 3, 2_000, 10_000, false, true, BackOff.NONE),
                        false,
                        new QueueRules.Start.Earliest()));
        bench.letterBox = ErrorCode.NOT_ENOUGH_REPLICAS;
        bench.append(0, 2);
        bench.take("m", 10);
        bench.tell("m", 0, 0, Type.REJECT);
        bench.tell("m", 1, 1, Type.ACCEPT);
        bench.settle();
        bench.scheduler.advanceMs(2_000);
        assertThat(bench.store.state(key("g", 0)).start()).isZero();
        bench.letterBox = ErrorCode.NONE;
        bench.scheduler.advanceMs(2_000);
        assertThat(bench.letters).hasSize(1).first().asString().contains("REJECTED");
        assertThat(bench.store.state(key("g", 0)).start()).isEqualTo(2);
    }
}
