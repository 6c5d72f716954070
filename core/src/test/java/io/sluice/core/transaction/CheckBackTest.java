package io.sluice.core.transaction;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TopicPartition;
import io.sluice.core.transaction.TransactionReply.Asked;
import io.sluice.core.transaction.TransactionReply.Done;
import io.sluice.core.transaction.TransactionReply.Granted;
import io.sluice.core.transaction.TransactionReply.NeedsId;
import io.sluice.core.transaction.TransactionReply.Question;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Half messages: whoever knows is asked what became of a transaction whose time is up. */
class CheckBackTest {

    private static final String ID = "orders-7";
    private static final TopicPartition ORDERS = new TopicPartition("orders", 0);
    private static final CheckBack POLICY = new CheckBack("orders-check", 3_000, 3);
    private static final int TIMEOUT_MS = 5_000;
    private static final short TWO = 2;

    private final TransactionRoom room =
            new TransactionRoom(() ->
                    new TransactionCoordinator(
                            TransactionRoom.SETTINGS,
                            id ->
                                    id.startsWith("orders-")
                                            ? Optional.of(POLICY)
                                            : Optional.empty()));

    private Producer begun(String id) {
        Producer producer =
                room.now(
                                new TransactionCommand.Begin(
                                        id, TIMEOUT_MS, false, Optional.empty(), room.freshId()),
                                Granted.class)
                        .producer();
        assertThat(
                        room.now(
                                        new TransactionCommand.Add(
                                                id, producer, List.of(ORDERS), TWO),
                                        Done.class)
                                .error())
                .isEqualTo(ErrorCode.NONE);
        return producer;
    }

    private long listen() {
        return room.ask(new TransactionCommand.AwaitQuestions());
    }

    private Optional<Question> heard(long token) {
        return room.answer(token, Asked.class).map(asked -> asked.questions().getFirst());
    }

    private ErrorCode settle(Question question, boolean commit) {
        return room.now(
                        new TransactionCommand.Settle(
                                question.id(),
                                question.producer(),
                                question.startMs(),
                                commit,
                                TransactionCommand.NO_ID),
                        Granted.class)
                .error();
    }

    private TransactionState state(String id) {
        return ((TransactionCoordinator) room.machine).transaction(id).orElseThrow().state();
    }

    @Test
    void whoKnowsIsAskedWhenTheTimeIsUpAndNotBefore() {
        Producer producer = begun(ID);
        long token = listen();
        room.advance(TIMEOUT_MS - 1);
        assertThat(heard(token)).isEmpty();
        room.advance(1_001);
        Question question = heard(token).orElseThrow();
        assertThat(question.producer()).isEqualTo(producer);
        assertThat(question.partitions()).containsExactly(ORDERS);
        assertThat(question.attempt()).isEqualTo(1);
        assertThat(state(ID)).as("still open").isEqualTo(TransactionState.ONGOING);
        assertThat(settle(question, true)).isEqualTo(ErrorCode.NONE);
        assertThat(state(ID)).isEqualTo(TransactionState.PREPARE_COMMIT);
        assertThat(settle(question, false)).as("too late").isEqualTo(ErrorCode.INVALID_TXN_STATE);
    }

    @Test
    void aRollbackAborts() {
        begun(ID);
        long token = listen();
        room.advance(TIMEOUT_MS + 1_000);
        assertThat(settle(heard(token).orElseThrow(), false)).isEqualTo(ErrorCode.NONE);
        assertThat(state(ID)).isEqualTo(TransactionState.PREPARE_ABORT);
    }

    @Test
    void whoDoesNotAnswerIsAskedAgainAndThenItIsAbortedAndReported() {
        begun(ID);
        for (int attempt = 1; attempt <= POLICY.attempts() + 1; attempt++) {
            long token = listen();
            for (int i = 0; i < 20 && heard(token).isEmpty(); i++) {
                room.advance(1_000);
            }
            Question question = heard(token).orElseThrow();
            assertThat(question.attempt()).isEqualTo(attempt);
            assertThat(question.isReport()).isEqualTo(attempt > POLICY.attempts());
        }
        assertThat(state(ID)).isEqualTo(TransactionState.PREPARE_ABORT);
        assertThat(room.nowMs).isGreaterThanOrEqualTo(1_000_000L + TIMEOUT_MS + 3 * 3_000);
    }

    @Test
    void aCoordinatorThatWasLoadedAsksFromTheFirstOn() {
        begun(ID);
        long before = listen();
        room.advance(TIMEOUT_MS + 1_000);
        Question first = heard(before).orElseThrow();
        room.reload(true);
        room.answers.clear();
        long after = listen();
        room.advance(60_000);
        assertThat(heard(after).orElseThrow().attempt()).isEqualTo(1);
        assertThat(settle(first, true)).as("an answer to the one before").isEqualTo(ErrorCode.NONE);
    }

    /** I-16b: a delayed answer never touches another transaction. */
    @Test
    void anAnswerIsToOneTransactionAlone() {
        Producer producer = begun(ID);
        long token = listen();
        room.advance(TIMEOUT_MS + 1_000);
        Question question = heard(token).orElseThrow();
        short one = 1; // whose epoch stays from one transaction to the next
        assertThat(
                        room.now(
                                        new TransactionCommand.End(
                                                ID, producer, true, one, TransactionCommand.NO_ID),
                                        Granted.class)
                                .error())
                .isEqualTo(ErrorCode.NONE);
        room.now(new TransactionCommand.Marked(ID, producer, true), Done.class);
        room.now(new TransactionCommand.Add(ID, producer, List.of(ORDERS), one), Done.class);
        assertThat(state(ID)).isEqualTo(TransactionState.ONGOING);
        assertThat(settle(question, false)).isEqualTo(ErrorCode.INVALID_TXN_STATE);
        assertThat(state(ID)).isEqualTo(TransactionState.ONGOING);
    }

    @Test
    void aCommitWithoutAnEpochLeftTakesAFreshId() {
        Producer producer = begun(ID);
        while (!Producer.isExhausted(producer.epoch())) {
            producer =
                    room.now(
                                    new TransactionCommand.End(
                                            ID, producer, false, TWO, TransactionCommand.NO_ID),
                                    Granted.class)
                            .producer();
            long marker = room.ask(new TransactionCommand.AwaitMarkers());
            room.answer(marker, TransactionReply.Owed.class)
                    .ifPresent(owed ->
                            owed.transactions()
                                    .forEach(one ->
                                            room.now(
                                                    new TransactionCommand.Marked(
                                                            one.id(), one.producer(), false),
                                                    Done.class)));
            room.answers.clear();
            room.now(new TransactionCommand.Add(ID, producer, List.of(ORDERS), TWO), Done.class);
        }
        long token = listen();
        room.advance(TIMEOUT_MS + 2_000);
        Question question = heard(token).orElseThrow();
        room.now(
                new TransactionCommand.Settle(
                        ID, question.producer(), question.startMs(), true, -1L),
                NeedsId.class);
        assertThat(
                        room.now(
                                        new TransactionCommand.Settle(
                                                ID,
                                                question.producer(),
                                                question.startMs(),
                                                true,
                                                room.freshId()),
                                        Granted.class)
                                .error())
                .isEqualTo(ErrorCode.NONE);
    }

    @Test
    void whoseAnswerNobodyKnowsIsAbortedAtOnce() {
        begun("others");
        room.advance(TIMEOUT_MS + 1_000);
        assertThat(state("others")).isEqualTo(TransactionState.PREPARE_ABORT);
    }
}
