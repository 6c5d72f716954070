package io.sluice.engine.share;

import static io.sluice.engine.share.QueueBench.EARLIEST;
import static io.sluice.engine.share.QueueBench.LOCK_MS;
import static io.sluice.engine.share.QueueBench.demand;
import static io.sluice.engine.share.QueueBench.key;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TopicPartition;
import io.sluice.core.model.Uuid;
import io.sluice.core.share.Acknowledgement;
import io.sluice.core.share.Acknowledgement.Type;
import io.sluice.core.share.BackOff;
import io.sluice.core.share.ShareKey;
import io.sluice.core.share.ShareSettings;
import io.sluice.core.share.StateBatch;
import io.sluice.engine.fake.LogFaults;
import io.sluice.engine.fake.MemoryShareStore;
import io.sluice.engine.share.Demand.Wanted;
import io.sluice.engine.share.QueueBench.Answer;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Queues of one broker by example: what members are given, when they are answered, who is woken.
 */
class HostedQueuesTest {
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

    private void start(QueueRules.Start start) {
        bench.rules.put("g", new QueueRules(EARLIEST.share(), false, start));
    }

    // ---- where it begins

    @Test
    void aNewQueueBeginsWhereItsGroupSays() {
        bench.append(0, 3);
        assertThat(bench.take("m", 10).ranges).containsExactly("0-2 x1");
        assertThat(bench.store.state(key("g", 0)).start()).isZero();
    }

    @Test
    void aNewQueueThatBeginsAtTheEndGivesWhatComesLater() {
        start(new QueueRules.Start.Latest());
        bench.append(0, 3);
        assertThat(bench.take("m", 10).ranges).isEmpty();
        bench.append(0, 2);
        assertThat(bench.take("m", 10).ranges).containsExactly("3-4 x1");
    }

    @Test
    void aNewQueueMayBeginAtATime() {
        bench.append(0, 3);
        bench.scheduler.advanceMs(10_000);
        bench.append(0, 2);
        start(new QueueRules.Start.Ago(5_000));
        assertThat(bench.take("m", 10).ranges).containsExactly("3-4 x1");
    }

    @Test
    void nothingIsAsNewAsThatTime() {
        bench.append(0, 3);
        bench.scheduler.advanceMs(10_000);
        start(new QueueRules.Start.Ago(5_000));
        assertThat(bench.take("m", 10).ranges).isEmpty();
        bench.append(0, 1);
        assertThat(bench.take("m", 10).ranges).containsExactly("3-3 x1");
    }

    @Test
    void aStoreThatIsNotReadyIsAskedAgain() {
        int[] left = {5};
        bench.store.faults(
                new MemoryShareStore.Faults() {
                    @Override
                    public MemoryShareStore.End next() {
                        return left[0]-- > 0
                                ? MemoryShareStore.End.REFUSED
                                : MemoryShareStore.End.DONE;
                    }
                });
        bench.append(0, 3);
        Answer answer = bench.ask(demand("m", 10, 5_000, key("g", 0)));
        bench.scheduler.advanceMs(100);
        assertThat(answer.here).isFalse();
        bench.scheduler.advanceMs(1_000);
        assertThat(answer.ranges).containsExactly("0-2 x1");
    }

    // ---- what is acknowledged

    @Test
    void anAcknowledgementIsAnsweredWhenItIsStored() {
        bench.append(0, 3);
        bench.take("m", 10);
        bench.scheduler.advanceMs(400); // the delivery is stored by then
        bench.store.hold();
        List<ErrorCode> answers = bench.tell("m", 0, 2, Type.ACCEPT);
        bench.settle();
        assertThat(answers).isEmpty();
        bench.store.letGo();
        bench.settle();
        assertThat(answers).containsExactly(ErrorCode.NONE);
        assertThat(bench.store.state(key("g", 0)).start()).isEqualTo(3);
    }

    @Test
    void whatIsSaidWhileAWriteIsUnderWayGoesWithTheNext() {
        bench.append(0, 100);
        bench.take("m", 100);
        bench.scheduler.advanceMs(400);
        int before = bench.store.writes();
        bench.store.hold();
        bench.tell("m", 0, 0, Type.ACCEPT);
        bench.settle();
        for (int i = 1; i < 50; i++) {
            bench.tell("m", i, i, Type.ACCEPT);
        }
        bench.settle();
        bench.store.letGo();
        bench.settle();
        assertThat(bench.store.writes() - before).isEqualTo(2);
        assertThat(bench.store.state(key("g", 0)).start()).isEqualTo(50);
    }

    @Test
    void aDeliveryIsStoredThoughNobodyWaitsForIt() {
        bench.append(0, 3);
        bench.take("m", 10);
        assertThat(bench.store.state(key("g", 0)).batches()).isEmpty();
        bench.scheduler.advanceMs(HostedQueue.LAZY_MS);
        assertThat(bench.store.state(key("g", 0)).batches())
                .containsExactly(new StateBatch(0, 2, new StateBatch.Pending(1, 0)));
    }

    @Test
    void releasedRecordsComeAgainAndRejectedOnesDoNot() {
        bench.append(0, 4);
        bench.take("m", 10);
        List<ErrorCode> answers =
                bench.tell(
                        "m",
                        new Acknowledgement(0, 0, Type.ACCEPT),
                        new Acknowledgement(1, 1, Type.RELEASE),
                        new Acknowledgement(2, 2, Type.REJECT),
                        new Acknowledgement(3, 3, Type.RELEASE));
        bench.settle();
        assertThat(answers).containsExactly(ErrorCode.NONE);
        assertThat(bench.take("n", 10).ranges).containsExactly("1-1 x2", "3-3 x2");
    }

    @Test
    void whoDoesNotHoldARecordMayNotSpeakForIt() {
        bench.append(0, 4);
        bench.take("m", 2);
        assertThat(bench.tell("n", 0, 0, Type.ACCEPT)).isEmpty();
        List<ErrorCode> wrong = bench.tell("n", 0, 0, Type.ACCEPT);
        List<ErrorCode> partly = bench.tell("m", 0, 3, Type.ACCEPT);
        List<ErrorCode> disordered =
                bench.tell(
                        "m",
                        new Acknowledgement(1, 1, Type.ACCEPT),
                        new Acknowledgement(0, 0, Type.ACCEPT));
        bench.settle();
        assertThat(wrong).containsExactly(ErrorCode.INVALID_RECORD_STATE);
        assertThat(partly).containsExactly(ErrorCode.INVALID_RECORD_STATE);
        assertThat(disordered).containsExactly(ErrorCode.INVALID_REQUEST);
    }

    @Test
    void aRecordIsDeliveredAsOftenAsTheLimitAllows() {
        bench.append(0, 1);
        for (int i = 1; i <= 3; i++) {
            assertThat(bench.take("m", 10).ranges).containsExactly("0-0 x" + i);
            bench.tell("m", 0, 0, Type.RELEASE);
            bench.settle();
        }
        assertThat(bench.take("m", 10).ranges).isEmpty();
        assertThat(bench.store.state(key("g", 0)).start()).isEqualTo(1);
    }

    @Test
    void aReleasedRecordWaitsForItsTime() {
        bench.append(0, 1);
        bench.take("m", 10);
        long againAtMs = bench.scheduler.clock().wallMs() + 5_000;
        bench.tell("m", new Acknowledgement(0, 0, Type.RELEASE, againAtMs));
        bench.settle();
        Answer answer = bench.ask(demand("m", 10, 20_000, key("g", 0)));
        bench.scheduler.advanceMs(4_800);
        assertThat(answer.here).isFalse();
        bench.scheduler.advanceMs(200);
        assertThat(answer.ranges).containsExactly("0-0 x2");
    }

    // ---- locks

    @Test
    void aLockThatRunsOutWakesWhoWaits() {
        bench.append(0, 2);
        bench.take("m", 10);
        Answer answer = bench.ask(demand("n", 10, 5_000, key("g", 0)));
        bench.scheduler.advanceMs(LOCK_MS - 200);
        assertThat(answer.here).isFalse();
        bench.scheduler.advanceMs(200);
        assertThat(answer.ranges).containsExactly("0-1 x2");
        List<ErrorCode> late = bench.tell("m", 0, 1, Type.ACCEPT);
        bench.settle();
        assertThat(late).containsExactly(ErrorCode.INVALID_RECORD_STATE);
    }

    @Test
    void whoNeedsLongerSaysSo() {
        bench.append(0, 1);
        bench.take("m", 10);
        Answer answer = bench.ask(demand("n", 10, 5_000, key("g", 0)));
        for (int i = 0; i < 5; i++) {
            bench.scheduler.advanceMs(LOCK_MS / 2);
            bench.tell("m", 0, 0, Type.RENEW);
        }
        bench.settle();
        assertThat(answer.here).isFalse();
        List<ErrorCode> answers = bench.tell("m", 0, 0, Type.ACCEPT);
        bench.settle();
        assertThat(answers).containsExactly(ErrorCode.NONE);
    }

    @Test
    void anotherLockDurationCountsFromTheNextDeliveryOn() {
        bench.append(0, 1);
        bench.take("m", 1);
        bench.rules.put(
                "g",
                new QueueRules(
                        new ShareSettings(10_000, 3, 2_000, 10_000, false, false, BackOff.NONE),
                        false,
                        new QueueRules.Start.Earliest()));
        bench.scheduler.advanceMs(LOCK_MS);
        assertThat(bench.take("m", 1).ranges).containsExactly("0-0 x2");
        bench.scheduler.advanceMs(9_000);
        List<ErrorCode> answers = bench.tell("m", 0, 0, Type.ACCEPT);
        bench.settle();
        assertThat(answers).containsExactly(ErrorCode.NONE);
    }

    // ---- who waits

    @Test
    void whoWaitsIsWokenWhenTheLogGrows() {
        Answer answer = bench.ask(demand("m", 10, 5_000, key("g", 0), key("g", 1)));
        bench.scheduler.advanceMs(1_000);
        assertThat(answer.here).isFalse();
        bench.append(1, 2);
        assertThat(answer.ranges).containsExactly("0-1 x1");
        assertThat(answer.deliveries.getFirst().key()).isEqualTo(key("g", 1));
    }

    @Test
    void whoWaitsInVainIsToldInTime() {
        Answer answer = bench.ask(demand("m", 10, 500, key("g", 0)));
        bench.scheduler.advanceMs(499);
        assertThat(answer.here).isFalse();
        bench.scheduler.advanceMs(1);
        assertThat(answer.here).isTrue();
        assertThat(answer.deliveries).isEmpty();
    }

    @Test
    void manyWhoWaitShareWhatComes() {
        Answer[] answers = new Answer[5];
        for (int i = 0; i < 5; i++) {
            answers[i] = bench.ask(demand("m" + i, 2, 60_000, key("g", 0)));
        }
        bench.settle();
        bench.append(0, 6);
        bench.settle();
        assertThat(answers)
                .extracting(answer -> answer.ranges)
                .containsExactly(
                        List.of("0-1 x1"),
                        List.of("2-3 x1"),
                        List.of("4-5 x1"),
                        List.of(),
                        List.of());
        assertThat(answers[3].here).isFalse();
        bench.append(0, 1);
        bench.settle();
        assertThat(answers[3].ranges).containsExactly("6-6 x1");
    }

    @Test
    void whoWasWokenAndLeftWakesTheNext() {
        QueueBench.Answer[] answers = new Answer[2];
        Queues.Taking[] first = new Queues.Taking[1];
        first[0] =
                bench.queues.take(
                        demand("m", 2, 60_000, key("g", 0)),
                        bench.door,
                        deliveries -> {
                            throw new AssertionError("it was cancelled");
                        });
        answers[1] = bench.ask(demand("n", 2, 60_000, key("g", 0)));
        bench.settle();
        QueueBench.on(bench.door, () -> first[0].cancel());
        bench.append(0, 1);
        bench.settle();
        assertThat(answers[1].ranges).containsExactly("0-0 x1");
    }

    @Test
    void whatACancelledDemandTookIsGivenBackUncounted() {
        bench.take("m", 1); // it is loaded
        bench.append(0, 2);
        Queues.Taking taking =
                bench.queues.take(
                        demand("m", 2, 60_000, key("g", 0)),
                        bench.door,
                        deliveries -> {
                            throw new AssertionError("it was cancelled");
                        });
        QueueBench.on(bench.door, taking::cancel);
        bench.settle();
        assertThat(bench.take("n", 10).ranges).containsExactly("0-1 x1");
    }

    @Test
    void whoIsInAHurryGetsWhatIsThere() {
        Answer answer = new Answer();
        Queues.Taking taking =
                bench.queues.take(
                        demand("m", 2, 60_000, key("g", 0)),
                        bench.door,
                        deliveries -> answer.here = true);
        bench.settle();
        assertThat(answer.here).isFalse();
        QueueBench.on(bench.door, taking::hurry);
        assertThat(answer.here).isTrue();
    }

    @Test
    void whoWantsManyBytesWaitsForThem() {
        Demand much =
                new Demand(
                        "m",
                        List.of(new Wanted(key("g", 0), false), new Wanted(key("g", 1), false)),
                        100,
                        true,
                        100,
                        1 << 20,
                        200,
                        5_000);
        bench.rules.put(
                "g",
                new QueueRules(
                        new ShareSettings(60_000, 3, 2_000, 10_000, false, false, BackOff.NONE),
                        false,
                        new QueueRules.Start.Earliest()));
        bench.append(0, 1);
        Answer answer = bench.ask(much);
        bench.scheduler.advanceMs(1_000);
        assertThat(answer.here).isFalse();
        bench.append(1, 10);
        bench.settle();
        assertThat(answer.ranges).containsExactly("0-0 x1", "0-9 x1");
        bench.append(0, 1);
        Answer last = bench.ask(much);
        bench.scheduler.advanceMs(5_000);
        assertThat(last.ranges).as("what is there in the end").contains("1-1 x1");
    }

    // ---- how much

    @Test
    void recordsAreCountedOverAllQueues() {
        Demand both = demand("m", 15, 50, key("g", 0), key("g", 1));
        bench.take(both); // they are loaded
        bench.append(0, 10);
        bench.append(1, 10);
        assertThat(bench.take(both).ranges).containsExactly("0-9 x1", "0-4 x1");
        assertThat(bench.take(both).ranges).containsExactly("5-9 x1");
    }

    @Test
    void theLastBatchIsGivenWholeUnlessTheNumberIsStrict() {
        bench.append(0, 10);
        bench.append(0, 10);
        bench.append(0, 10);
        Demand lax =
                new Demand(
                        "m", List.of(new Wanted(key("g", 0), false)), 12, false, 4, 1 << 20, 1, 50);
        assertThat(bench.take(lax).ranges)
                .containsExactly("0-3 x1", "4-7 x1", "8-9 x1", "10-13 x1", "14-17 x1", "18-19 x1");
        assertThat(bench.take("m", 3).ranges).containsExactly("20-22 x1");
        assertThat(bench.take("m", 3).ranges).containsExactly("23-25 x1");
    }

    @Test
    void noMoreBytesAreGivenThanAskedForButOneBatch() {
        for (int i = 0; i < 6; i++) {
            bench.append(0, 10); // 161 bytes each
        }
        Demand little =
                new Demand(
                        "m", List.of(new Wanted(key("g", 0), false)), 100, true, 100, 400, 1, 50);
        Answer first = bench.take(little);
        assertThat(first.ranges).containsExactly("0-9 x1", "10-19 x1");
        assertThat(first.batches).containsExactly(0L, 10L);
        Demand tiny =
                new Demand("m", List.of(new Wanted(key("g", 0), false)), 100, true, 100, 1, 1, 50);
        assertThat(bench.take(tiny).ranges).containsExactly("20-29 x1");
    }

    @Test
    void recordsFromAllOverTheLogAreGivenAtOnce() {
        for (int i = 0; i < 20; i++) {
            bench.append(0, 10);
        }
        bench.take("m", 200);
        for (int i = 0; i < 20; i += 4) {
            bench.tell("m", i * 10L + 3, i * 10L + 4, Type.RELEASE);
        }
        bench.settle();
        Answer answer = bench.take("n", 200);
        assertThat(answer.ranges)
                .containsExactly("3-4 x2", "43-44 x2", "83-84 x2", "123-124 x2", "163-164 x2");
        assertThat(answer.batches).containsExactly(0L, 40L, 80L, 120L, 160L);
    }

    @Test
    void noMoreIsHeldThanAllowed() {
        bench.rules.put(
                "g",
                new QueueRules(
                        new ShareSettings(LOCK_MS, 3, 25, 10_000, false, false, BackOff.NONE),
                        false,
                        new QueueRules.Start.Earliest()));
        for (int i = 0; i < 6; i++) {
            bench.append(0, 10);
        }
        assertThat(bench.take("m", 100).ranges).containsExactly("0-9 x1", "10-19 x1", "20-24 x1");
        Answer next = bench.ask(demand("n", 100, 5_000, key("g", 0)));
        bench.settle();
        assertThat(next.here).isFalse();
        bench.tell("m", 0, 4, Type.ACCEPT);
        bench.settle();
        assertThat(next.ranges).containsExactly("25-29 x1");
    }

    // ---- transactions

    @Test
    void onlyWhatIsCommittedIsDelivered() {
        bench.rules.put("g", new QueueRules(EARLIEST.share(), true, EARLIEST.start()));
        bench.append(0, 1);
        bench.appendOpen(0, 3, 8, 0);
        assertThat(bench.take("m", 10).ranges).containsExactly("0-0 x1");
        Answer waits = bench.ask(demand("m", 10, 5_000, key("g", 0)));
        bench.append(0, 1);
        bench.settle();
        assertThat(waits.here).isFalse();
        bench.end(0, 8, false);
        bench.settle();
        assertThat(waits.ranges).containsExactly("4-4 x1");
        bench.appendOpen(0, 2, 9, 0);
        bench.end(0, 9, true);
        assertThat(bench.take("m", 10).ranges).containsExactly("6-7 x1");
    }

    @Test
    void whatIsNotCommittedIsDeliveredToWhoWantsIt() {
        bench.appendOpen(0, 3, 8, 0);
        assertThat(bench.take("m", 10).ranges).containsExactly("0-2 x1");
        bench.end(0, 8, false);
        bench.append(0, 1);
        assertThat(bench.take("m", 10).ranges).containsExactly("4-4 x1");
    }

    // ---- what goes away

    @Test
    void whatAMemberHoldsIsFreeWhenItLeaves() {
        bench.append(0, 2);
        bench.take("m", 10);
        bench.leave("m", false);
        assertThat(bench.take("n", 10).ranges).containsExactly("0-1 x1");
        bench.leave("n", true);
        assertThat(bench.take("o", 10).ranges).containsExactly("0-1 x2");
    }

    @Test
    void aDeliveryThatWasNotSentIsGivenBack() {
        bench.append(0, 2);
        Answer answer = bench.take("m", 10);
        bench.queues.giveBack(key("g", 0), "m", answer.deliveries.getFirst().acquired());
        bench.settle();
        assertThat(bench.take("n", 10).ranges).containsExactly("0-1 x1");
    }

    @Test
    void whatRetentionTookIsNotWaitedFor() {
        for (int i = 0; i < 5; i++) {
            bench.append(0, 10);
        }
        bench.take("m", 15);
        bench.tell("m", 3, 3, Type.RELEASE);
        bench.settle();
        QueueBench.on(bench.partition(0).loop(), () -> bench.log(0).retainFrom(30));
        assertThat(bench.take("n", 100).ranges).containsExactly("30-39 x1", "40-49 x1");
        bench.tell("n", 30, 49, Type.ACCEPT);
        bench.settle();
        assertThat(bench.store.state(key("g", 0)).start()).isEqualTo(50);
    }

    @Test
    void unreadableRecordsAreGivenBack() {
        bench.append(0, 3);
        bench.logs.faults(
                new LogFaults() {
                    @Override
                    public boolean rots(TopicPartition partition) {
                        return true;
                    }
                });
        assertThat(bench.take("m", 10).errors).containsExactly(ErrorCode.KAFKA_STORAGE_ERROR);
        bench.logs.faults(LogFaults.NONE);
        assertThat(bench.take("m", 10).ranges).containsExactly("0-2 x1");
    }

    @Test
    void aPartitionThatIsNotHereHasNoQueue() {
        ShareKey elsewhere = new ShareKey("g", new Uuid(3, 3), 0);
        Answer answer = bench.take(demand("m", 1, 5_000, elsewhere, key("g", 0)));
        assertThat(answer.errors).containsExactly(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
        bench.metadata.remove("t");
        bench.settle();
        assertThat(bench.take("m", 1).errors).containsExactly(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
    }

    @Test
    void whoWaitsHearsThatThePartitionIsGone() {
        Answer answer = bench.ask(demand("m", 1, 60_000, key("g", 0)));
        bench.settle();
        bench.metadata.remove("t");
        bench.settle();
        assertThat(answer.errors).hasSize(1);
        assertThat(bench.atWork()).isZero();
    }
}
