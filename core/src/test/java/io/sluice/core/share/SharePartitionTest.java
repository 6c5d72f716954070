package io.sluice.core.share;

import static io.sluice.core.share.Acknowledgement.Type.ACCEPT;
import static io.sluice.core.share.Acknowledgement.Type.GAP;
import static io.sluice.core.share.Acknowledgement.Type.REJECT;
import static io.sluice.core.share.Acknowledgement.Type.RELEASE;
import static io.sluice.core.share.Acknowledgement.Type.RENEW;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.core.share.SharePartition.Span;
import io.sluice.core.share.StateBatch.Dead;
import io.sluice.core.share.StateBatch.Pending;
import io.sluice.core.share.StateBatch.Settled;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a queue does with records, by example. Times are in milliseconds. */
class SharePartitionTest {
    private static final ShareSettings PLAIN =
            new ShareSettings(100, 3, 1_000, 1_000, false, false, BackOff.NONE);
    private static final ShareSettings BURYING =
            new ShareSettings(100, 2, 1_000, 1_000, false, true, BackOff.NONE);
    private static final ShareSettings BY_KEY =
            new ShareSettings(100, 2, 1_000, 1_000, true, false, BackOff.NONE);

    private final RecordingOutbox outbox = new RecordingOutbox();
    private SharePartition<String> queue = queue(PLAIN);
    private long nowMs = 1_000;

    private static SharePartition<String> queue(ShareSettings settings) {
        return new SharePartition<>(settings, 0, List.of());
    }

    private List<String> step(ShareInput<String> input) {
        queue.step(input, nowMs, outbox);
        return outbox.take();
    }

    private void batches(long... lasts) {
        List<Span> spans = new ArrayList<>();
        long first = queue.scanFrom();
        for (long last : lasts) {
            spans.add(new Span(first, last, Facts.PLAIN));
            first = last + 1;
        }
        step(new ShareInput.Found<>(spans, first));
    }

    private void records(Facts... facts) {
        List<Span> spans = new ArrayList<>();
        long offset = queue.scanFrom();
        for (Facts one : facts) {
            spans.add(new Span(offset, offset, one));
            offset++;
        }
        step(new ShareInput.Found<>(spans, offset));
    }

    private static Facts key(long key) {
        return new Facts(true, key, 0, Facts.NEVER);
    }

    private static Facts priority(int priority) {
        return new Facts(false, 0, priority, Facts.NEVER);
    }

    private List<String> acquire(String member, int most) {
        return step(new ShareInput.Acquire<>(member, member, most, true));
    }

    private List<String> acknowledge(
            String member, long first, long last, Acknowledgement.Type type) {
        return step(
                new ShareInput.Acknowledge<>(
                        member, member, List.of(new Acknowledgement(first, last, type))));
    }

    private List<String> settle(String member, long first, long last, Acknowledgement.Type type) {
        List<String> before = acknowledge(member, first, last, type);
        List<String> after = step(new ShareInput.Persisted<>(queue.takeChanges().number()));
        List<String> all = new ArrayList<>(before);
        all.addAll(after);
        return all;
    }

    @Test
    void recordsGoToWhoAsksInOrderAndAreNobodyElses() {
        batches(9);
        assertThat(acquire("a", 4)).contains("a gets 0-3 x1");
        assertThat(acquire("b", 100)).contains("b gets 4-9 x1");
        assertThat(acquire("c", 100)).contains("c gets");
        assertThat(queue.heldRecords()).isEqualTo(10);
    }

    @Test
    void withoutStrictnessTheLastBatchIsGivenWhole() {
        batches(9, 19, 29);
        assertThat(step(new ShareInput.Acquire<>("a", "a", 12, false)))
                .contains("a gets 0-9 x1 10-19 x1");
    }

    @Test
    void anAcceptIsAnsweredOnceItIsRemembered() {
        batches(9);
        acquire("a", 10);
        assertThat(acknowledge("a", 0, 4, ACCEPT)).isEmpty();
        assertThat(queue.hasUrgentChanges()).isTrue();
        Changes changes = queue.takeChanges();
        assertThat(changes.start()).isEqualTo(5);
        assertThat(queue.hasUrgentChanges()).isFalse();
        assertThat(step(new ShareInput.Persisted<>(changes.number()))).contains("a NONE");
        assertThat(queue.start()).isEqualTo(5);
    }

    @Test
    void whatIsSaidTwiceCountsOnce() {
        batches(0);
        acquire("a", 1);
        acknowledge("a", 0, 0, ACCEPT);
        assertThat(acknowledge("a", 0, 0, ACCEPT)).containsExactly("a INVALID_RECORD_STATE");
        assertThat(step(new ShareInput.Persisted<>(queue.takeChanges().number())))
                .containsExactly("a NONE");
        assertThat(acknowledge("a", 0, 0, ACCEPT)).containsExactly("a INVALID_RECORD_STATE");
    }

    @Test
    void whatIsDoneBehindAPendingRecordIsOneEntry() {
        batches(9, 19);
        acquire("a", 20);
        for (int offset = 1; offset < 20; offset++) {
            acknowledge("a", offset, offset, ACCEPT);
        }
        Changes changes = queue.takeChanges();
        assertThat(changes.start()).isZero();
        assertThat(changes.batches())
                .containsExactly(
                        new StateBatch(0, 0, new Pending(1, 0)),
                        new StateBatch(1, 19, Settled.SETTLED));
        assertThat(queue.doneRecords()).isEqualTo(19);
    }

    @Test
    void aReleasedRecordGoesToTheNextOneAndCounts() {
        batches(1);
        acquire("a", 2);
        assertThat(settle("a", 0, 0, RELEASE)).contains("wake", "a NONE");
        assertThat(acquire("b", 5)).contains("b gets 0-0 x2");
    }

    @Test
    void atTheLimitAReleasedRecordIsDone() {
        batches(0);
        for (int delivery = 1; delivery <= 3; delivery++) {
            assertThat(acquire("a", 1)).contains("a gets 0-0 x" + delivery);
            settle("a", 0, 0, RELEASE);
        }
        assertThat(acquire("a", 1)).contains("a gets");
        assertThat(queue.start()).isEqualTo(1);
    }

    @Test
    void aLockThatRunsOutGivesTheRecordToAnother() {
        batches(0);
        acquire("a", 1);
        assertThat(queue.nextDeadlineMs()).isEqualTo(1_100);
        nowMs = 1_099;
        assertThat(step(new ShareInput.Tick<>())).isEmpty();
        nowMs = 1_100;
        assertThat(step(new ShareInput.Tick<>())).contains("wake");
        assertThat(acquire("b", 1)).contains("b gets 0-0 x2");
        assertThat(acknowledge("a", 0, 0, ACCEPT)).containsExactly("a INVALID_RECORD_STATE");
    }

    @Test
    void aLockLastsNoLongerWhenTheClockIsSetBack() {
        batches(0);
        acquire("a", 1);
        nowMs = 100;
        assertThat(step(new ShareInput.Tick<>())).isEmpty();
        assertThat(queue.nextDeadlineMs()).isEqualTo(200);
        nowMs = 200;
        assertThat(acquire("b", 1)).contains("b gets 0-0 x2");
    }

    @Test
    void whatOthersBroughtToItsEndIsNotSettledAgain() {
        batches(0, 1);
        acquire("a", 1);
        nowMs = 1_100;
        acquire("b", 1);
        settle("b", 0, 0, ACCEPT);
        assertThat(queue.start()).isEqualTo(1);
        assertThat(acknowledge("a", 0, 0, ACCEPT)).containsExactly("a INVALID_RECORD_STATE");
    }

    @Test
    void whatIsGoneFromTheLogStandsInTheWayOfNoSettlement() {
        batches(0, 1);
        acquire("a", 2);
        step(new ShareInput.LogStartMoved<>(1));
        assertThat(settle("a", 0, 1, ACCEPT)).contains("a NONE");
    }

    @Test
    void whoNeedsLongerRenewsAndIsAnsweredAtOnce() {
        batches(0);
        acquire("a", 1);
        nowMs = 1_090;
        assertThat(acknowledge("a", 0, 0, RENEW)).containsExactly("a NONE");
        nowMs = 1_150;
        assertThat(acquire("b", 1)).contains("b gets");
        assertThat(settle("a", 0, 0, ACCEPT)).contains("a NONE");
    }

    @Test
    void anAcknowledgementOfWhatAMemberDoesNotHoldChangesNothing() {
        batches(9);
        acquire("a", 5);
        acquire("b", 5);
        List<Acknowledgement> items =
                List.of(new Acknowledgement(0, 4, ACCEPT), new Acknowledgement(5, 5, ACCEPT));
        assertThat(step(new ShareInput.Acknowledge<>("a", "a", items)))
                .containsExactly("a INVALID_RECORD_STATE");
        assertThat(acknowledge("a", 0, 10, ACCEPT)).containsExactly("a INVALID_RECORD_STATE");
        assertThat(queue.heldRecords()).isEqualTo(10);
    }

    @Test
    void acknowledgementsComeInOrder() {
        batches(9);
        acquire("a", 10);
        List<Acknowledgement> twice =
                List.of(new Acknowledgement(0, 4, ACCEPT), new Acknowledgement(4, 4, RELEASE));
        assertThat(step(new ShareInput.Acknowledge<>("a", "a", twice)))
                .containsExactly("a INVALID_REQUEST");
    }

    @Test
    void whatIsSaidOfRecordsThatAreGoneIsFine() {
        batches(9);
        acquire("a", 10);
        step(new ShareInput.LogStartMoved<>(6));
        assertThat(queue.start()).isEqualTo(6);
        assertThat(settle("a", 0, 9, ACCEPT)).contains("a NONE");
        assertThat(queue.start()).isEqualTo(10);
    }

    @Test
    void gapsAreDone() {
        step(new ShareInput.Found<>(List.of(new Span(5, 9, Facts.PLAIN)), 12));
        assertThat(queue.start()).isEqualTo(5);
        assertThat(acquire("a", 10)).contains("a gets 5-9 x1");
        settle("a", 5, 6, GAP);
        settle("a", 7, 9, ACCEPT);
        assertThat(queue.start()).isEqualTo(12);
    }

    @Test
    void whatDidNotReachTheMemberDoesNotCount() {
        batches(9);
        acquire("a", 10);
        assertThat(step(new ShareInput.GiveBack<>("a", List.of(new Acquired(5, 9, 1)))))
                .contains("wake");
        assertThat(acquire("b", 10)).contains("b gets 5-9 x1");
        step(new ShareInput.Leave<>("b", false));
        assertThat(acquire("c", 10)).contains("c gets 5-9 x1");
        step(new ShareInput.Leave<>("c", true));
        assertThat(acquire("d", 10)).contains("d gets 5-9 x2");
    }

    /** Its lock ran out and it was given the record again, on a way that broke (seed 1488). */
    @Test
    void whoWasGrantedMoreTimeKeepsItThoughTheNextDeliveryDidNotReachHim() {
        batches(1);
        acquire("a", 2);
        assertThat(acknowledge("a", 0, 0, RENEW)).containsExactly("a NONE");
        step(new ShareInput.GiveBack<>("a", List.of(new Acquired(0, 1, 1))));
        assertThat(acquire("b", 2)).contains("b gets 1-1 x1");
        assertThat(settle("a", 0, 0, ACCEPT)).contains("a NONE");
    }

    @Test
    void moreThanTheLocksAllowIsNotGiven() {
        queue = queue(new ShareSettings(100, 3, 4, 1_000, false, false, BackOff.NONE));
        batches(9);
        assertThat(step(new ShareInput.Acquire<>("a", "a", 100, false))).contains("a gets 0-3 x1");
        assertThat(acquire("b", 1)).contains("b gets");
        assertThat(queue.wantsMore()).isFalse();
        assertThat(settle("a", 0, 1, ACCEPT)).contains("wake");
        assertThat(acquire("b", 9)).contains("b gets 4-5 x1");
    }

    @Test
    void theLogIsNotReadOnWhileTooMuchIsPending() {
        queue = queue(new ShareSettings(100, 3, 100, 2, false, false, BackOff.NONE));
        batches(0, 1);
        acquire("a", 2);
        assertThat(queue.wantsMore()).isFalse();
        settle("a", 1, 1, ACCEPT);
        assertThat(queue.wantsMore()).isTrue();
    }

    @Test
    void aReleaseWaitsForItsTimeAndOthersGoOn() {
        batches(0, 1);
        acquire("a", 1);
        step(
                new ShareInput.Acknowledge<>(
                        "a", "a", List.of(new Acknowledgement(0, 0, RELEASE, 5_000))));
        assertThat(acquire("b", 9)).contains("b gets 1-1 x1");
        settle("b", 1, 1, ACCEPT);
        assertThat(queue.nextDeadlineMs()).isEqualTo(5_000);
        nowMs = 4_999;
        assertThat(acquire("b", 9)).contains("b gets");
        nowMs = 5_000;
        assertThat(acquire("b", 9)).contains("b gets 0-0 x2");
    }

    @Test
    void pausesGrow() {
        queue =
                queue(
                        new ShareSettings(
                                100, 9, 100, 100, false, false, new BackOff(10, 2.0, 30, 0.0)));
        batches(0);
        for (long pause : new long[] {10, 20, 30, 30}) {
            acquire("a", 1);
            settle("a", 0, 0, RELEASE);
            assertThat(queue.nextDeadlineMs()).isEqualTo(nowMs + pause);
            nowMs += pause;
        }
    }

    @Test
    void aRejectedRecordGoesOnceItsDeadLetterIsStored() {
        queue = queue(BURYING);
        batches(4);
        acquire("a", 5);
        assertThat(settle("a", 1, 2, REJECT)).contains("a NONE", "dead 1-2 REJECTED x1 a");
        settle("a", 0, 0, ACCEPT);
        settle("a", 3, 4, ACCEPT);
        assertThat(queue.start()).isEqualTo(1);
        step(new ShareInput.Buried<>(1, 2));
        assertThat(queue.start()).isEqualTo(5);
    }

    @Test
    void aDeadLetterThatWasUnderWayIsWrittenAgainByTheNextLeader() {
        queue = queue(BURYING);
        batches(4);
        acquire("a", 5);
        acknowledge("a", 1, 1, REJECT);
        Changes changes = queue.takeChanges();
        assertThat(changes.batches())
                .contains(
                        new StateBatch(
                                1, 1, new Dead(DeadReason.REJECTED, 1, new Times(1_000, 1_000))));
        queue = new SharePartition<>(BURYING, changes.start(), changes.batches());
        assertThat(step(new ShareInput.Found<>(List.of(new Span(0, 4, Facts.PLAIN)), 5)))
                .contains("dead 1-1 REJECTED x1 ");
        assertThat(acquire("b", 9)).contains("b gets 0-0 x2 2-4 x2");
    }

    @Test
    void whatIsKnownToBeDoneNeedsNotBeRead() {
        queue =
                new SharePartition<>(
                        PLAIN,
                        4,
                        List.of(
                                new StateBatch(4, 9, Settled.SETTLED),
                                new StateBatch(10, 11, new Pending(1, 0)),
                                new StateBatch(12, 20, Settled.SETTLED)));
        step(new ShareInput.Tick<>());
        assertThat(queue.start()).isEqualTo(10);
        assertThat(queue.hasChanges()).isTrue();
        batches(11);
        assertThat(queue.scanFrom()).isEqualTo(21);
        assertThat(acquire("m", 5)).containsExactly("m gets 10-11 x2");
    }

    @Test
    void theNextLeaderKnowsWhatIsDoneAndDoesNotReadIt() {
        batches(9);
        acquire("a", 10);
        acknowledge("a", 2, 7, ACCEPT);
        Changes changes = queue.takeChanges();
        queue = new SharePartition<>(PLAIN, changes.start(), changes.batches());
        assertThat(queue.scanFrom()).isZero();
        step(new ShareInput.Found<>(List.of(new Span(0, 1, Facts.PLAIN)), 2));
        assertThat(queue.scanFrom()).isEqualTo(8);
        step(new ShareInput.Found<>(List.of(new Span(8, 12, Facts.PLAIN)), 13));
        assertThat(acquire("b", 20)).contains("b gets 0-1 x2 8-9 x2 10-12 x1");
    }

    @Test
    void aStuckKeyBlocksNoOther() {
        queue = queue(BY_KEY);
        records(key(1), key(2), key(1), Facts.PLAIN, key(2), key(1));
        assertThat(acquire("a", 9)).contains("a gets 0-0 x1 1-1 x1 3-3 x1");
        assertThat(acquire("b", 9)).contains("b gets");
        settle("a", 1, 1, ACCEPT);
        assertThat(acquire("b", 9)).contains("b gets 4-4 x1");
        settle("a", 0, 0, RELEASE);
        assertThat(acquire("b", 9)).contains("b gets 0-0 x2");
        settle("b", 0, 0, RELEASE);
        assertThat(acquire("b", 9)).contains("b gets 2-2 x1");
    }

    @Test
    void aKeyWaitsForItsDeadLetter() {
        queue = queue(new ShareSettings(100, 2, 100, 100, true, true, BackOff.NONE));
        records(key(1), key(1));
        acquire("a", 9);
        settle("a", 0, 0, REJECT);
        assertThat(acquire("a", 9)).contains("a gets");
        assertThat(step(new ShareInput.Buried<>(0, 0))).contains("wake");
        assertThat(acquire("a", 9)).contains("a gets 1-1 x1");
    }

    @Test
    void aKeyWaitsForAllThatAreOut() {
        queue = queue(new ShareSettings(100, 2, 100, 100, true, true, BackOff.NONE));
        records(key(1), new Facts(true, 1, 0, 1_010), key(1));
        acquire("a", 9);
        nowMs = 1_010;
        step(new ShareInput.Tick<>());
        assertThat(step(new ShareInput.Persisted<>(queue.takeChanges().number())))
                .contains("dead 1-1 EXPIRED x0 ");
        step(new ShareInput.Buried<>(1, 1));
        assertThat(acquire("b", 9)).contains("b gets");
        settle("a", 0, 0, ACCEPT);
        assertThat(acquire("b", 9)).contains("b gets 2-2 x1");
    }

    @Test
    void aKeyWaitsForItsRetry() {
        queue = queue(BY_KEY);
        records(key(1), key(1));
        acquire("a", 9);
        step(
                new ShareInput.Acknowledge<>(
                        "a", "a", List.of(new Acknowledgement(0, 0, RELEASE, 2_000))));
        assertThat(acquire("a", 9)).contains("a gets");
        nowMs = 2_000;
        assertThat(acquire("a", 9)).contains("a gets 0-0 x2");
    }

    @Test
    void largerPrioritiesGoFirstAndARetryKeepsItsOwn() {
        records(priority(1), priority(9), priority(5), priority(9));
        assertThat(acquire("a", 2)).contains("a gets 1-1 x1 3-3 x1");
        settle("a", 3, 3, RELEASE);
        assertThat(acquire("b", 1)).contains("b gets 3-3 x2");
        assertThat(acquire("b", 1)).contains("b gets 2-2 x1");
    }

    @Test
    void whatIsGivenAtOnceIsOfOnePriority() {
        records(priority(1), priority(9), priority(1), priority(9));
        assertThat(acquire("a", 9)).contains("a gets 1-1 x1 3-3 x1");
        assertThat(acquire("a", 9)).contains("a gets 0-0 x1 2-2 x1");
    }

    @Test
    void neighboursThatExpireTogetherAreOneDeadLetter() {
        queue = queue(BURYING);
        Facts ends = new Facts(false, 0, 0, 1_500);
        records(ends, ends, ends, Facts.PLAIN, ends);
        nowMs = 1_500;
        step(new ShareInput.Tick<>());
        assertThat(step(new ShareInput.Persisted<>(queue.takeChanges().number())))
                .containsExactly("dead 0-2 EXPIRED x0 ", "dead 4-4 EXPIRED x0 ");
        step(new ShareInput.Buried<>(0, 2));
        assertThat(queue.start()).isEqualTo(3);
    }

    @Test
    void neighboursOfOneFateAreRememberedAsOne() {
        records(priority(1), priority(1), priority(1), priority(1));
        acquire("a", 9);
        assertThat(queue.takeChanges().batches())
                .containsExactly(new StateBatch(0, 3, new Pending(1, 0)));
        settle("a", 1, 2, ACCEPT);
        assertThat(queue.pendingRecords()).isEqualTo(2);
    }

    @Test
    void anExpiredRecordIsNotDelivered() {
        queue = queue(BURYING);
        records(new Facts(false, 0, 0, 1_500), Facts.PLAIN, new Facts(false, 0, 0, 1_500));
        assertThat(acquire("a", 1)).contains("a gets 0-0 x1");
        settle("a", 0, 0, ACCEPT);
        nowMs = 1_500;
        step(new ShareInput.Tick<>());
        assertThat(step(new ShareInput.Persisted<>(queue.takeChanges().number())))
                .contains("dead 2-2 EXPIRED x0 ");
        assertThat(acquire("b", 9)).contains("b gets 1-1 x1");
    }

    @Test
    void nobodyKeepsForLongerWhatIsDone() {
        batches(9);
        acquire("a", 1);
        settle("a", 0, 0, ACCEPT);
        assertThat(acknowledge("a", 0, 0, ACCEPT)).containsExactly("a INVALID_RECORD_STATE");
        assertThat(acknowledge("a", 0, 0, RENEW)).containsExactly("a INVALID_RECORD_STATE");
    }

    @Test
    void whatIsOverIsNotGivenThoughNoTickSaidSo() {
        records(new Facts(false, 0, 0, 1_500), Facts.PLAIN);
        nowMs = 1_500;
        assertThat(acquire("a", 9)).contains("a gets 1-1 x1");
    }

    @Test
    void spansThatDoNotFollowAreRefused() {
        batches(4);
        assertThatThrownBy(
                        () -> step(new ShareInput.Found<>(List.of(new Span(3, 8, Facts.PLAIN)), 9)))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void noMoreAcknowledgementsWaitThanAreAllowed() {
        queue = queue(new ShareSettings(100, 3, 100_000, 100_000, false, false, BackOff.NONE));
        batches(50_000);
        acquire("a", 50_000);
        for (int i = 0; i < SharePartition.MAX_WAITING_REPLIES; i++) {
            assertThat(acknowledge("a", i, i, ACCEPT)).isEmpty();
        }
        assertThat(acknowledge("a", 20_000, 20_000, ACCEPT)).containsExactly("a REQUEST_TIMED_OUT");
    }

    @Test
    void whoLooksSeesWhereRecordsStandAndChangesNothing() {
        queue =
                new SharePartition<>(
                        BURYING,
                        5,
                        List.of(
                                new StateBatch(7, 8, Settled.SETTLED),
                                new StateBatch(30, 34, new Pending(1, 9_000))));
        batches(19);
        acquire("a", 4); // 5, 6, 9, 10
        settle("a", 6, 6, ACCEPT);
        acknowledge("a", 9, 9, REJECT);
        assertThat(queue.look(0, 40, nowMs).stream().map(SharePartitionTest::seen))
                .containsExactly(
                        "0-4 DONE x0",
                        "5-5 HELD x1 a until 1100",
                        "6-8 DONE x0",
                        "9-9 DEAD x1 a",
                        "10-10 HELD x1 a until 1100",
                        "11-19 AVAILABLE x0",
                        "20-29 AVAILABLE x0",
                        "30-34 LATER x1 until 9000",
                        "35-40 AVAILABLE x0");
        assertThat(queue.look(6, 6, nowMs)).containsExactly(Seen.done(6, 6));
        assertThat(queue.pendingFrom(0)).isEqualTo(5);
        assertThat(queue.pendingFrom(6)).isEqualTo(9);
        assertThat(queue.pendingFrom(25)).isEqualTo(25);
        assertThat(acquire("b", 1)).contains("b gets 11-11 x1");
    }

    @Test
    void aReplayMovesTheStartBackAndRemembersTheRestAsDone() {
        batches(99);
        acquire("a", 100);
        settle("a", 0, 99, ACCEPT);
        assertThat(queue.start()).isEqualTo(100);
        assertThat(step(new ShareInput.Replay<>("r", List.of(span(10, 11), span(50, 50)))))
                .contains("wake");
        assertThat(queue.start()).isEqualTo(10);
        assertThat(queue.doneRecords()).isEqualTo(87);
        Changes changes = queue.takeChanges();
        assertThat(changes.start()).isEqualTo(10);
        assertThat(changes.batches())
                .containsExactly(
                        new StateBatch(10, 11, new Pending(0, 0)),
                        new StateBatch(12, 49, Settled.SETTLED),
                        new StateBatch(50, 50, new Pending(0, 0)),
                        new StateBatch(51, 99, Settled.SETTLED));
        assertThat(step(new ShareInput.Persisted<>(changes.number()))).contains("r NONE");
        assertThat(acquire("a", 100)).contains("a gets 10-11 x1 50-50 x1");
        settle("a", 10, 11, ACCEPT);
        assertThat(queue.start()).isEqualTo(50);
        settle("a", 50, 50, ACCEPT);
        assertThat(queue.start()).isEqualTo(100);
    }

    @Test
    void aReplayReachesWhatALeaderHasNotLookedAtYet() {
        queue =
                new SharePartition<>(
                        PLAIN,
                        5,
                        List.of(
                                new StateBatch(5, 5, new Pending(1, 0)),
                                new StateBatch(6, 20, Settled.SETTLED)));
        step(new ShareInput.Replay<>("r", List.of(span(2, 3), span(8, 9))));
        Changes changes = queue.takeChanges();
        assertThat(changes.start()).isEqualTo(2);
        assertThat(changes.batches())
                .containsExactly(
                        new StateBatch(2, 3, new Pending(0, 0)),
                        new StateBatch(4, 4, Settled.SETTLED),
                        new StateBatch(8, 9, new Pending(0, 0)));
        batches(30);
        assertThat(acquire("a", 6)).contains("a gets 2-3 x1 5-5 x2 8-9 x1 21-21 x1");
    }

    @Test
    void aDeadLetterTellsTheTimesOfItsDeliveries() {
        queue = queue(BURYING);
        batches(0);
        acquire("a", 1);
        nowMs += 10;
        settle("a", 0, 0, RELEASE);
        nowMs += 10;
        acquire("a", 1);
        nowMs += 10;
        acknowledge("a", 0, 0, RELEASE);
        step(new ShareInput.Persisted<>(queue.takeChanges().number()));
        assertThat(outbox.lastLetter())
                .isEqualTo(
                        new DeadLetter(
                                0, 0, DeadReason.DELIVERY_LIMIT, 2, "a", new Times(1_000, 1_020)));
    }

    @Test
    void theNextLeaderKnowsWhenARecordWasDelivered() {
        queue = queue(BURYING);
        batches(0);
        acquire("a", 1);
        Changes changes = queue.takeChanges(); // the leader dies while it is out
        queue = new SharePartition<>(BURYING, changes.start(), changes.batches());
        nowMs += 50;
        batches(0);
        acquire("b", 1);
        acknowledge("b", 0, 0, REJECT);
        changes = queue.takeChanges(); // and the next one before its letter is written
        queue = new SharePartition<>(BURYING, changes.start(), changes.batches());
        batches(0);
        assertThat(outbox.lastLetter())
                .isEqualTo(
                        new DeadLetter(0, 0, DeadReason.REJECTED, 2, "", new Times(1_000, 1_050)));
    }

    @Test
    void whoHasNoDeadLettersRemembersNoTimes() {
        batches(4);
        acquire("a", 2);
        nowMs += 50;
        acquire("b", 3);
        assertThat(queue.takeChanges().batches())
                .containsExactly(new StateBatch(0, 4, new Pending(1, 0)));
    }

    private static Span span(long first, long last) {
        return new Span(first, last, Facts.PLAIN);
    }

    private static String seen(Seen its) {
        return "%d-%d %s x%d%s%s"
                .formatted(
                        its.first(),
                        its.last(),
                        its.standing(),
                        its.deliveries(),
                        its.member().isEmpty() ? "" : " " + its.member(),
                        its.timeMs() == 0 ? "" : " until " + its.timeMs());
    }
}
