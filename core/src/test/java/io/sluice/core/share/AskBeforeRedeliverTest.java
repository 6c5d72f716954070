package io.sluice.core.share;

import static io.sluice.core.share.Acknowledgement.Type.ACCEPT;
import static io.sluice.core.share.Acknowledgement.Type.REJECT;
import static io.sluice.core.share.Acknowledgement.Type.RELEASE;
import static io.sluice.core.share.Acknowledgement.Type.RENEW;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.share.SharePartition.Span;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Who had a record is asked before it goes to somebody else, by example. Times in milliseconds. */
class AskBeforeRedeliverTest {
    private static final ShareSettings ASKING =
            new ShareSettings(100, 2, 10_000, 1_000, false, true, BackOff.NONE, 50);

    private final RecordingOutbox outbox = new RecordingOutbox();
    private SharePartition<String> queue = queue(ASKING);
    private long nowMs = 1_000;

    private static SharePartition<String> queue(ShareSettings settings) {
        return new SharePartition<>(settings, 0, List.of());
    }

    private List<String> step(ShareInput<String> input) {
        queue.step(input, nowMs, outbox);
        return outbox.take();
    }

    private List<String> at(long atMs) {
        nowMs = atMs;
        return step(new ShareInput.Tick<>());
    }

    private void records(int count) {
        long first = queue.scanFrom();
        step(
                new ShareInput.Found<>(
                        List.of(new Span(first, first + count - 1, Facts.PLAIN)), first + count));
    }

    private List<String> acquire(String member, int most) {
        return step(new ShareInput.Acquire<>(member, member, most, true));
    }

    private List<String> acknowledge(String member, Acknowledgement item) {
        return step(new ShareInput.Acknowledge<>(member, member, List.of(item)));
    }

    private List<String> answer(long question, Acknowledgement... items) {
        return step(new ShareInput.Answer<>("answer", question, List.of(items)));
    }

    private List<String> store() {
        return step(new ShareInput.Persisted<>(queue.takeChanges().number()));
    }

    @Test
    void aLockThatEndsIsAQuestionAndNobodyElseGetsTheRecords() {
        records(3);
        acquire("a", 3);
        assertThat(queue.nextDeadlineMs()).isEqualTo(1_100);
        assertThat(at(1_100)).containsExactly("ask 1 a 0-2 x1 until 1160");
        assertThat(acquire("b", 3)).containsExactly("b gets");
        assertThat(queue.look(0, 2, nowMs).getFirst().standing()).isEqualTo(Seen.Standing.ASKED);
        assertThat(at(1_159)).isEmpty();
        assertThat(at(1_160)).as("nobody answered").containsExactly("wake");
        assertThat(acquire("b", 3)).containsExactly("b gets 0-2 x2");
    }

    @Test
    void anAnswerSettlesWhatItNamesAndTheRestGoesOnWaiting() {
        records(4);
        acquire("a", 4);
        at(1_100);
        assertThat(
                        answer(
                                1,
                                new Acknowledgement(0, 0, ACCEPT),
                                new Acknowledgement(1, 1, RELEASE, 5_000),
                                new Acknowledgement(2, 2, REJECT)))
                .isEmpty();
        assertThat(store()).contains("answer NONE", "dead 2-2 REJECTED x1 a");
        assertThat(queue.start()).isEqualTo(1);
        assertThat(at(1_160)).containsExactly("wake");
        assertThat(acquire("b", 4)).containsExactly("b gets 3-3 x2");
    }

    @Test
    void whatIsNoLongerUnderTheQuestionIsNotTouchedByItsAnswer() {
        records(1);
        acquire("a", 1);
        Acknowledgement all = new Acknowledgement(0, Long.MAX_VALUE, ACCEPT);
        assertThat(answer(0, all)).containsExactly("answer INVALID_RECORD_STATE");
        at(1_100);
        assertThat(answer(2, all)).containsExactly("answer INVALID_RECORD_STATE");
        at(1_160);
        acquire("b", 1);
        assertThat(answer(1, all)).containsExactly("answer INVALID_RECORD_STATE");
        assertThat(at(1_300)).containsExactly("ask 2 b 0-0 x2 until 1360");
        assertThat(answer(1, all)).containsExactly("answer INVALID_RECORD_STATE");
        assertThat(answer(2, all)).isEmpty();
        assertThat(answer(2, all)).containsExactly("answer INVALID_RECORD_STATE");
        assertThat(store()).containsExactly("answer NONE");
    }

    @Test
    void aHolderThatIsOnlySlowSpeaksForItself() {
        records(2);
        acquire("a", 2);
        at(1_100);
        acknowledge("a", new Acknowledgement(0, 0, ACCEPT));
        assertThat(acknowledge("a", new Acknowledgement(1, 1, RENEW))).containsExactly("a NONE");
        assertThat(store()).containsExactly("a NONE");
        assertThat(at(1_160)).as("renewed").isEmpty();
        assertThat(at(1_200)).containsExactly("ask 2 a 1-1 x1 until 1260");
    }

    @Test
    void renewIsAnotherLockAndAnotherQuestion() {
        records(1);
        acquire("a", 1);
        at(1_100);
        assertThat(answer(1, new Acknowledgement(0, 0, RENEW))).containsExactly("answer NONE");
        assertThat(acquire("b", 1)).containsExactly("b gets");
        assertThat(at(1_200)).containsExactly("ask 2 a 0-0 x1 until 1260");
    }

    @Test
    void aMemberThatIsGoneWithoutAWordIsAskedAtOnceAndMayComeBack() {
        records(2);
        acquire("a", 2);
        assertThat(step(new ShareInput.Leave<>("a", true)))
                .containsExactly("ask 1 a 0-1 x1 until 1050");
        assertThat(step(new ShareInput.Leave<>("a", false))).as("it begins anew").isEmpty();
        assertThat(acquire("a", 2)).containsExactly("a gets");
        assertThat(at(1_050)).containsExactly("wake");
        assertThat(acquire("a", 2)).containsExactly("a gets 0-1 x2");
        assertThat(step(new ShareInput.Leave<>("a", false)))
                .as("it closes")
                .containsExactly("wake");
    }

    @Test
    void aThousandRecordsTakenOneByOneAreTwoQuestions() {
        records(1_000);
        for (int i = 0; i < 1_000; i++) {
            nowMs = 1_000 + i / 100;
            acquire("a", 1);
        }
        assertThat(at(1_100))
                .containsExactly("ask 1 a 0-499 x1 until 1160", "ask 2 a 500-999 x1 until 1160");
    }

    @Test
    void afterTheLastDeliveryTheQuestionComesBeforeTheDeadLetter() {
        records(1);
        acquire("a", 1);
        at(1_100);
        at(1_160);
        acquire("b", 1);
        assertThat(at(1_300)).containsExactly("ask 2 b 0-0 x2 until 1360");
        at(1_360);
        assertThat(store()).containsExactly("dead 0-0 DELIVERY_LIMIT x2 b");
    }

    @Test
    void anotherLeaderAsksNobodyAndBelievesNobody() {
        records(1);
        acquire("a", 1);
        at(1_100);
        Changes changes = queue.takeChanges();
        queue = new SharePartition<>(ASKING, changes.start(), changes.batches());
        records(1);
        assertThat(answer(1, new Acknowledgement(0, 0, ACCEPT)))
                .containsExactly("answer INVALID_RECORD_STATE");
        assertThat(acquire("b", 1)).containsExactly("b gets 0-0 x2");
    }

    @Test
    void aClockThatWasSetBackMakesNoAnswerLater() {
        records(1);
        acquire("a", 1);
        at(1_100);
        at(500);
        assertThat(queue.nextDeadlineMs()).isEqualTo(600);
    }
}
