package io.sluice.core.transaction;

import static io.sluice.core.transaction.TransactionCommand.NO_ID;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TopicPartition;
import io.sluice.core.transaction.TransactionReply.Done;
import io.sluice.core.transaction.TransactionReply.Granted;
import io.sluice.core.transaction.TransactionReply.Markers;
import io.sluice.core.transaction.TransactionReply.NeedsId;
import io.sluice.core.transaction.TransactionReply.Owed;
import io.sluice.core.transaction.TransactionReply.Verified;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class TransactionCoordinatorTest {

    private static final String ID = "t";
    private static final short ONE = 1;
    private static final short TWO = 2;
    private static final TopicPartition A = new TopicPartition("a", 0);
    private static final TopicPartition B = new TopicPartition("b", 3);

    private final TransactionRoom room = new TransactionRoom(TransactionRoom.SETTINGS);

    private static TransactionCommand.Begin begin(Optional<Producer> known, long freshId) {
        return new TransactionCommand.Begin(ID, 5_000, false, known, freshId);
    }

    private Producer begun() {
        Granted granted = room.now(begin(Optional.empty(), room.freshId()), Granted.class);
        assertThat(granted.error()).isEqualTo(ErrorCode.NONE);
        return granted.producer();
    }

    private Granted begunAgain(Producer known) {
        return room.now(begin(Optional.of(known), NO_ID), Granted.class);
    }

    private ErrorCode add(Producer producer, short version, TopicPartition... partitions) {
        return room.now(
                        new TransactionCommand.Add(ID, producer, List.of(partitions), version),
                        Done.class)
                .error();
    }

    private Granted end(Producer producer, boolean commit, short version) {
        return room.now(
                new TransactionCommand.End(ID, producer, commit, version, NO_ID), Granted.class);
    }

    private Verified verify(Producer producer, TopicPartition... partitions) {
        return room.now(
                new TransactionCommand.Verify(ID, producer, List.of(partitions)), Verified.class);
    }

    private List<Markers> owed() {
        return room.now(new TransactionCommand.AwaitMarkers(), Owed.class).transactions();
    }

    private ErrorCode marked(Markers markers) {
        return room.now(
                        new TransactionCommand.Marked(
                                markers.id(), markers.producer(), markers.commit()),
                        Done.class)
                .error();
    }

    private void complete() {
        owed().forEach(one -> assertThat(marked(one)).isEqualTo(ErrorCode.NONE));
    }

    private Transaction state() {
        return ((TransactionCoordinator) room.machine).transaction(ID).orElseThrow();
    }

    @Test
    void aNewIdNeedsAProducerIdAndGetsEpochZero() {
        room.now(begin(Optional.empty(), NO_ID), NeedsId.class);
        Producer first = begun();
        assertThat(first.epoch()).isZero();
        Producer second = begun();
        assertThat(second).isEqualTo(new Producer(first.id(), ONE));
        assertThat(add(first, TWO, A)).isEqualTo(ErrorCode.PRODUCER_FENCED);
        assertThat(add(new Producer(999, ONE), TWO, A))
                .isEqualTo(ErrorCode.INVALID_PRODUCER_ID_MAPPING);
    }

    @Test
    void refusesWhatNoProducerMayAsk() {
        assertThat(
                        room.now(
                                        new TransactionCommand.Begin(
                                                "", 5_000, false, Optional.empty(), 1),
                                        Granted.class)
                                .error())
                .isEqualTo(ErrorCode.INVALID_REQUEST);
        for (int timeoutMs : new int[] {0, -1, 60_001}) {
            assertThat(
                            room.now(
                                            new TransactionCommand.Begin(
                                                    ID, timeoutMs, false, Optional.empty(), 1),
                                            Granted.class)
                                    .error())
                    .isEqualTo(ErrorCode.INVALID_TRANSACTION_TIMEOUT);
        }
        assertThat(
                        room.now(
                                        new TransactionCommand.Begin(
                                                ID, 5_000, true, Optional.empty(), 1),
                                        Granted.class)
                                .error())
                .isEqualTo(ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED);
        Producer nobody = new Producer(1, ONE);
        assertThat(add(nobody, TWO, A)).isEqualTo(ErrorCode.INVALID_PRODUCER_ID_MAPPING);
        assertThat(end(nobody, true, TWO).error()).isEqualTo(ErrorCode.INVALID_PRODUCER_ID_MAPPING);
        assertThat(verify(nobody, A).error()).isEqualTo(ErrorCode.INVALID_PRODUCER_ID_MAPPING);
    }

    @Test
    void aTransactionOfVersionOneKeepsItsEpoch() {
        Producer producer = begun();
        assertThat(end(producer, true, ONE).error()).isEqualTo(ErrorCode.INVALID_TXN_STATE);
        assertThat(add(producer, ONE, A)).isEqualTo(ErrorCode.NONE);
        assertThat(add(producer, ONE, A, B)).isEqualTo(ErrorCode.NONE);
        assertThat(verify(producer, A, new TopicPartition("c", 1)).missing())
                .isEqualTo(Set.of(new TopicPartition("c", 1)));
        assertThat(end(producer, true, ONE).error()).isEqualTo(ErrorCode.NONE);
        assertThat(end(producer, true, ONE).error()).isEqualTo(ErrorCode.CONCURRENT_TRANSACTIONS);
        assertThat(end(producer, false, ONE).error()).isEqualTo(ErrorCode.INVALID_TXN_STATE);
        assertThat(verify(producer, A).error()).isEqualTo(ErrorCode.CONCURRENT_TRANSACTIONS);
        List<Markers> owed = owed();
        assertThat(owed).hasSize(1);
        assertThat(owed.getFirst().producer()).isEqualTo(producer);
        assertThat(owed.getFirst().commit()).isTrue();
        assertThat(owed.getFirst().partitions()).containsExactly(A, B);
        assertThat(marked(owed.getFirst())).isEqualTo(ErrorCode.NONE);
        assertThat(state().state()).isEqualTo(TransactionState.COMPLETE_COMMIT);
        assertThat(end(producer, true, ONE).error()).isEqualTo(ErrorCode.NONE);
        assertThat(end(producer, false, ONE).error()).isEqualTo(ErrorCode.INVALID_TXN_STATE);
        assertThat(add(producer, ONE, A)).isEqualTo(ErrorCode.NONE);
    }

    @Test
    void aTransactionOfVersionTwoRaisesTheEpoch() {
        Producer first = begun();
        assertThat(add(first, TWO, A)).isEqualTo(ErrorCode.NONE);
        Granted ended = end(first, true, TWO);
        assertThat(ended.error()).isEqualTo(ErrorCode.NONE);
        Producer second = ended.producer();
        assertThat(second).isEqualTo(new Producer(first.id(), ONE));
        assertThat(end(first, true, TWO).error()).isEqualTo(ErrorCode.CONCURRENT_TRANSACTIONS);
        assertThat(end(first, false, TWO).error()).isEqualTo(ErrorCode.INVALID_TXN_STATE);
        Markers markers = owed().getFirst();
        assertThat(markers.producer()).isEqualTo(second);
        marked(markers);
        // A repeated end is told the same, and an end of another kind is refused.
        assertThat(end(first, true, TWO)).isEqualTo(new Granted(ErrorCode.NONE, second));
        assertThat(end(first, false, TWO).error()).isEqualTo(ErrorCode.INVALID_TXN_STATE);
        assertThat(end(second, true, TWO).error()).isEqualTo(ErrorCode.INVALID_TXN_STATE);
        assertThat(add(second, TWO, B)).isEqualTo(ErrorCode.NONE);
        // An end that was on its way for long touches nothing of the next transaction (I-16b).
        assertThat(end(first, true, TWO).error()).isEqualTo(ErrorCode.PRODUCER_FENCED);
        assertThat(end(first, false, TWO).error()).isEqualTo(ErrorCode.PRODUCER_FENCED);
        assertThat(state().state()).isEqualTo(TransactionState.ONGOING);
    }

    @Test
    void abortingNothingRaisesTheEpochToo() {
        Producer first = begun();
        Granted aborted = end(first, false, TWO);
        assertThat(aborted.producer()).isEqualTo(new Producer(first.id(), ONE));
        assertThat(end(first, false, TWO)).isEqualTo(aborted);
        assertThat(end(aborted.producer(), true, TWO).error())
                .isEqualTo(ErrorCode.INVALID_TXN_STATE);
        assertThat(owedNow()).isEmpty();
    }

    /** What is owed, without waiting for more. */
    private List<Markers> owedNow() {
        long token = room.ask(new TransactionCommand.AwaitMarkers());
        return room.answer(token, Owed.class).map(Owed::transactions).orElse(List.of());
    }

    @Test
    void whoAwaitsMarkersIsToldWhenThereAreSome() {
        long token = room.ask(new TransactionCommand.AwaitMarkers());
        Producer producer = begun();
        add(producer, TWO, A);
        assertThat(room.answer(token, Owed.class)).isEmpty();
        end(producer, false, TWO);
        assertThat(room.answer(token, Owed.class).orElseThrow().transactions())
                .extracting(Markers::commit)
                .containsExactly(false);
        assertThat(owedNow()).isEmpty();
        room.reload(true);
        assertThat(owedNow()).hasSize(1);
    }

    @Test
    void aProducerThatComesBeforeTheMarkersWaits() {
        Producer first = begun();
        add(first, TWO, A);
        Producer second = end(first, true, TWO).producer();
        long adding = room.ask(new TransactionCommand.Add(ID, second, List.of(B), TWO));
        assertThat(room.answer(adding, Done.class)).isEmpty();
        complete();
        assertThat(room.answer(adding, Done.class).orElseThrow().error()).isEqualTo(ErrorCode.NONE);
        assertThat(state().partitions()).containsExactly(B);
        end(second, true, TWO);
        long late =
                room.ask(
                        new TransactionCommand.Add(
                                ID, new Producer(first.id(), TWO), List.of(B), TWO));
        room.advance(99);
        assertThat(room.answer(late, Done.class)).isEmpty();
        room.advance(1);
        assertThat(room.answer(late, Done.class).orElseThrow().error())
                .isEqualTo(ErrorCode.CONCURRENT_TRANSACTIONS);
    }

    @Test
    void anotherProducerAbortsWhatIsOpen() {
        Producer old = begun();
        add(old, TWO, A);
        long beginning = room.ask(begin(Optional.empty(), NO_ID));
        assertThat(end(old, true, TWO).error()).isEqualTo(ErrorCode.PRODUCER_FENCED);
        assertThat(add(old, TWO, B)).isEqualTo(ErrorCode.PRODUCER_FENCED);
        Markers markers = owed().getFirst();
        assertThat(markers.commit()).isFalse();
        assertThat(markers.producer().epoch()).isGreaterThan(old.epoch());
        marked(markers);
        Producer now = room.answer(beginning, Granted.class).orElseThrow().producer();
        assertThat(now.epoch()).isGreaterThan(markers.producer().epoch());
        assertThat(end(old, false, TWO).error()).isEqualTo(ErrorCode.PRODUCER_FENCED);
        // The one left behind does not get in again by telling who it was (KIP-360).
        assertThat(begunAgain(old).error()).isEqualTo(ErrorCode.PRODUCER_FENCED);
        add(now, TWO, A);
        assertThat(begunAgain(old).error()).isEqualTo(ErrorCode.PRODUCER_FENCED);
        assertThat(state().state()).isEqualTo(TransactionState.ONGOING);
    }

    @Test
    void aProducerRaisesItsOwnEpochOnce() {
        Producer first = begun();
        Granted raised = begunAgain(first);
        assertThat(raised.producer()).isEqualTo(new Producer(first.id(), ONE));
        assertThat(begunAgain(first)).isEqualTo(raised);
        Producer other = begun();
        assertThat(begunAgain(raised.producer()).error()).isEqualTo(ErrorCode.PRODUCER_FENCED);
        assertThat(begunAgain(other).error()).isEqualTo(ErrorCode.NONE);
    }

    @Test
    void whenEpochsAreUsedUpAnotherProducerIdFollows() {
        Producer producer = begun();
        for (int i = 0; i < Short.MAX_VALUE - 1; i++) {
            producer = end(producer, false, TWO).producer();
        }
        assertThat(producer.epoch()).isEqualTo((short) (Short.MAX_VALUE - 1));
        add(producer, TWO, A);
        TransactionCommand.End end = new TransactionCommand.End(ID, producer, true, TWO, NO_ID);
        room.now(end, NeedsId.class);
        long fresh = room.freshId();
        Granted granted =
                room.now(new TransactionCommand.End(ID, producer, true, TWO, fresh), Granted.class);
        assertThat(granted.producer()).isEqualTo(new Producer(fresh, (short) 0));
        // The new id is known before the markers are written, and waits for them.
        long adding = room.ask(new TransactionCommand.Add(ID, granted.producer(), List.of(B), TWO));
        Markers markers = owed().getFirst();
        assertThat(markers.producer()).isEqualTo(new Producer(producer.id(), Short.MAX_VALUE));
        room.reload(true);
        assertThat(room.now(end, Granted.class).error())
                .isEqualTo(ErrorCode.CONCURRENT_TRANSACTIONS);
        markers = owed().getFirst();
        marked(markers);
        assertThat(room.now(end, Granted.class)).isEqualTo(granted);
        assertThat(add(granted.producer(), TWO, B)).isEqualTo(ErrorCode.NONE);
        assertThat(adding).isPositive();
    }

    @Test
    void aFencedProducerOfTheLastEpochIsLeftBehindToo() {
        Producer producer = begun();
        for (int i = 0; i < Short.MAX_VALUE - 1; i++) {
            producer = end(producer, false, TWO).producer();
        }
        add(producer, TWO, A);
        long beginning = room.ask(begin(Optional.empty(), NO_ID));
        complete();
        assertThat(room.answer(beginning, NeedsId.class)).isPresent();
        assertThat(end(producer, false, TWO).error()).isEqualTo(ErrorCode.PRODUCER_FENCED);
        Producer next = begun();
        assertThat(next.epoch()).isZero();
        assertThat(next.id()).isNotEqualTo(producer.id());
    }

    @Test
    void whatIsOpenForTooLongIsAborted() {
        Producer producer = begun();
        add(producer, TWO, A);
        room.advance(4_000);
        add(producer, TWO, B);
        room.advance(999);
        assertThat(state().state()).isEqualTo(TransactionState.ONGOING);
        room.advance(1);
        assertThat(state().state()).isEqualTo(TransactionState.PREPARE_ABORT);
        assertThat(end(producer, true, TWO).error()).isEqualTo(ErrorCode.PRODUCER_FENCED);
        Markers markers = owed().getFirst();
        assertThat(markers.partitions()).containsExactly(A, B);
        marked(markers);
        assertThat(end(producer, true, TWO).error()).isEqualTo(ErrorCode.PRODUCER_FENCED);
        assertThat(begun().epoch()).isGreaterThan(markers.producer().epoch());
    }

    @Test
    void timeGoesOnOverARestart() {
        Producer producer = begun();
        add(producer, ONE, A);
        room.advance(4_000);
        room.reload(true);
        room.advance(1_000);
        assertThat(state().state()).isEqualTo(TransactionState.PREPARE_ABORT);
    }

    /** I-17: its beginning lies ahead, by the clock of the broker that coordinates it now. */
    @Test
    void aClockThatIsBehindKeepsNoTransactionOpen() {
        Producer producer = begun();
        add(producer, TWO, A);
        room.nowMs -= 900_000L;
        room.reload(true);
        room.ask(new TransactionCommand.AwaitMarkers());
        room.advance(4_000);
        add(producer, TWO, B);
        assertThat(state().state()).isEqualTo(TransactionState.ONGOING);
        room.advance(1_000);
        assertThat(state().state()).isEqualTo(TransactionState.PREPARE_ABORT);
    }

    @Test
    void anOutsideCoordinatorHasAllTheTimeItWants() {
        TransactionSettings settings = TransactionRoom.SETTINGS;
        TransactionRoom two =
                new TransactionRoom(
                        new TransactionSettings(
                                settings.maxTimeoutMs(),
                                true,
                                settings.abortIntervalMs(),
                                settings.expirationMs(),
                                settings.expiryIntervalMs(),
                                settings.waitMs(),
                                settings.version()));
        Producer producer =
                two.now(
                                new TransactionCommand.Begin(ID, 5_000, true, Optional.empty(), 7),
                                Granted.class)
                        .producer();
        two.now(new TransactionCommand.Add(ID, producer, List.of(A), TWO), Done.class);
        two.advance(1_000_000);
        two.reload(true);
        two.advance(1_000_000);
        assertThat(
                        two.now(
                                        new TransactionCommand.End(ID, producer, true, TWO, NO_ID),
                                        Granted.class)
                                .error())
                .isEqualTo(ErrorCode.NONE);
    }

    @Test
    void anIdNotUsedForLongIsForgotten() {
        Producer producer = begun();
        room.advance(50_000);
        add(producer, ONE, A);
        end(producer, true, ONE);
        room.advance(200_000);
        assertThat(state().state()).isEqualTo(TransactionState.PREPARE_COMMIT);
        complete();
        room.advance(100_001);
        assertThat(add(producer, ONE, A)).isEqualTo(ErrorCode.INVALID_PRODUCER_ID_MAPPING);
        room.reload(true);
        assertThat(add(producer, ONE, A)).isEqualTo(ErrorCode.INVALID_PRODUCER_ID_MAPPING);
    }

    @Test
    void manyAreAbortedAndForgotten() {
        for (int i = 0; i < 1_700; i++) {
            Producer producer =
                    room.now(
                                    new TransactionCommand.Begin(
                                            "id-" + i, 5_000, false, Optional.empty(), i),
                                    Granted.class)
                            .producer();
            room.now(new TransactionCommand.Add("id-" + i, producer, List.of(A), TWO), Done.class);
        }
        room.advance(5_000);
        List<Markers> first = owed();
        List<Markers> second = owed();
        assertThat(first).hasSize(1_000);
        assertThat(second).hasSize(700);
        first.forEach(this::marked);
        second.forEach(this::marked);
        room.advance(120_000);
        assertThat(
                        room.now(
                                        new TransactionCommand.ListAll(Set.of(), Set.of(), -1),
                                        TransactionReply.Listed.class)
                                .transactions())
                .isEmpty();
    }

    @Test
    void listsByStateProducerAndAge() {
        Producer producer = begun();
        add(producer, TWO, A);
        room.advance(2_000);
        assertThat(list(Set.of(TransactionState.EMPTY), Set.of(), -1)).isEmpty();
        assertThat(list(Set.of(TransactionState.ONGOING), Set.of(producer.id()), 1_999))
                .containsExactly(ID);
        assertThat(list(Set.of(), Set.of(producer.id() + 1), -1)).isEmpty();
        assertThat(list(Set.of(), Set.of(), 2_000)).isEmpty();
    }

    private List<String> list(Set<TransactionState> states, Set<Long> ids, long olderThanMs) {
        return room
                .now(
                        new TransactionCommand.ListAll(states, ids, olderThanMs),
                        TransactionReply.Listed.class)
                .transactions()
                .stream()
                .map(Transaction::id)
                .toList();
    }
}
