package io.sluice.core.partition;

import static io.sluice.core.partition.Headers.idempotent;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.model.BatchHeader;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.partition.ProducerStates.Batch;
import io.sluice.core.partition.ProducerStates.Remembered;
import io.sluice.core.partition.ProducerStates.Verdict;
import java.util.List;
import org.junit.jupiter.api.Test;

class ProducerStatesTest {

    private final ProducerStates states = new ProducerStates();
    private long end;

    private void store(BatchHeader batch) {
        states.append(batch.at(end, 0));
        end += batch.recordCount();
    }

    private void assertAccepted(BatchHeader batch) {
        assertThat(states.check(batch)).isInstanceOf(Verdict.Accept.class);
    }

    private void assertRefused(BatchHeader batch, ErrorCode error) {
        assertThat(states.check(batch))
                .isInstanceOfSatisfying(
                        Verdict.Refuse.class,
                        refuse -> assertThat(refuse.error()).isEqualTo(error));
    }

    private void assertDuplicateOf(BatchHeader batch, long baseOffset) {
        assertThat(states.check(batch))
                .isInstanceOfSatisfying(
                        Verdict.Duplicate.class,
                        found -> assertThat(found.stored().baseOffset()).isEqualTo(baseOffset));
    }

    @Test
    void aProducerWithoutStateBeginsAnywhere() {
        assertAccepted(idempotent(1, 0, 0, 3));
        assertAccepted(idempotent(1, 0, 77, 3));
    }

    @Test
    void theNextSequenceIsAcceptedAndAGapRefused() {
        store(idempotent(1, 0, 0, 3));
        assertAccepted(idempotent(1, 0, 3, 1));
        assertRefused(idempotent(1, 0, 4, 1), ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER);
    }

    @Test
    void eachOfTheLastFiveBatchesIsADuplicateAndAnOlderOneIsNot() {
        for (int i = 0; i < 6; i++) {
            store(idempotent(1, 0, i * 2, 2));
        }
        for (int i = 1; i < 6; i++) {
            assertDuplicateOf(idempotent(1, 0, i * 2, 2), i * 2L);
        }
        assertRefused(idempotent(1, 0, 0, 2), ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER);
    }

    @Test
    void sameFirstSequenceAndAnotherLengthIsNoDuplicate() {
        store(idempotent(1, 0, 0, 3));
        assertRefused(idempotent(1, 0, 0, 2), ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER);
    }

    private static BatchHeader piece(int sequence, int records, boolean continued) {
        return Headers.header(
                1, 0, sequence, records, 1_000L, continued ? BatchHeader.CONTINUED : 0);
    }

    @Test
    void thePiecesOfABatchAreOneBatchOfTheWindow() {
        for (int i = 0; i < 5; i++) {
            store(piece(i * 5, 2, false));
            store(piece(i * 5 + 2, 2, true));
            store(piece(i * 5 + 4, 1, true));
        }
        for (int i = 0; i < 5; i++) {
            assertDuplicateOf(idempotent(1, 0, i * 5, 5), i * 5L);
            List<BatchHeader> pieces =
                    List.of(
                            piece(i * 5, 2, false),
                            piece(i * 5 + 2, 2, true),
                            piece(i * 5 + 4, 1, true));
            assertThat(states.check(pieces)).isInstanceOf(Verdict.Duplicate.class);
        }
        assertAccepted(idempotent(1, 0, 25, 1));
    }

    @Test
    void ofABatchThatIsHalfStoredTheRestIsMissing() {
        store(piece(0, 3, false));
        store(piece(3, 2, false));
        store(piece(5, 2, true));
        List<BatchHeader> pieces =
                List.of(piece(3, 2, false), piece(5, 2, true), piece(7, 1, true));
        assertThat(states.check(pieces))
                .isInstanceOfSatisfying(
                        Verdict.HalfStored.class,
                        half -> {
                            assertThat(half.pieces()).isEqualTo(2);
                            assertThat(half.stored().baseOffset()).isEqualTo(3L);
                        });
        store(piece(7, 1, true));
        assertDuplicateOf(idempotent(1, 0, 3, 5), 3L);
    }

    @Test
    void aBatchThatWasCutInAnotherWayIsRefused() {
        store(piece(0, 2, false));
        List<BatchHeader> pieces = List.of(piece(0, 3, false), piece(3, 2, true));
        assertThat(states.check(pieces))
                .isInstanceOfSatisfying(
                        Verdict.Refuse.class,
                        refuse ->
                                assertThat(refuse.error())
                                        .isEqualTo(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER));
    }

    @Test
    void sequencesWrapToZero() {
        store(idempotent(1, 0, Integer.MAX_VALUE - 1, 2));
        assertAccepted(idempotent(1, 0, 0, 1));
        assertRefused(idempotent(1, 0, 1, 1), ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER);
    }

    @Test
    void aBatchMayCrossTheWrap() {
        store(idempotent(1, 0, Integer.MAX_VALUE, 3)); // 2^31-1, 0, 1
        assertAccepted(idempotent(1, 0, 2, 1));
        assertDuplicateOf(idempotent(1, 0, Integer.MAX_VALUE, 3), 0L);
    }

    @Test
    void anOlderEpochIsFencedAndANewerOneBeginsAtZero() {
        store(idempotent(1, 4, 0, 1));
        assertRefused(idempotent(1, 3, 1, 1), ErrorCode.INVALID_PRODUCER_EPOCH);
        assertRefused(idempotent(1, 5, 1, 1), ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER);
        assertAccepted(idempotent(1, 5, 0, 1));
        store(idempotent(1, 5, 0, 1));
        assertDuplicateOf(idempotent(1, 5, 0, 1), 1L);
        assertRefused(idempotent(1, 4, 0, 1), ErrorCode.INVALID_PRODUCER_EPOCH);
    }

    @Test
    void aProducerKnownByItsEpochAloneBeginsAtZero() {
        states.restore(new Remembered(1, (short) 2, List.of(), 5L, -1L, -1, -1L));
        assertRefused(idempotent(1, 2, 9, 1), ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER);
        assertAccepted(idempotent(1, 2, 0, 1));
    }

    @Test
    void anIdentityWithoutASequenceIsInvalid() {
        assertRefused(idempotent(1, 0, -1, 1), ErrorCode.INVALID_RECORD);
    }

    @Test
    void aRestoredProducerGoesOnWhereItWas() {
        Batch last = new Batch(5, 9, 50, 54, 7L);
        states.restore(new Remembered(1, (short) 0, List.of(last), 7L, 54L, -1, -1L));
        assertDuplicateOf(idempotent(1, 0, 5, 5), 50L);
        assertAccepted(idempotent(1, 0, 10, 1));
        assertRefused(idempotent(1, 0, 11, 1), ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER);
    }

    /** For a replica whose log begins at the offset (seed 3005331). */
    @Test
    void whatIsToldOfBelowAnOffsetMakesTheSameStateWithWhatFollows() {
        store(idempotent(1, 0, 0, 3));
        store(idempotent(2, 4, 0, 2));
        store(idempotent(1, 0, 3, 1));
        long from = end;
        BatchHeader above = idempotent(1, 0, 4, 2).at(end, 0);
        states.append(above);
        states.append(idempotent(3, 0, 0, 1).at(end + 2, 0));
        ProducerStates told = new ProducerStates();
        states.below(from).forEach(told::restore);
        assertThat(states.below(from)).extracting(Remembered::producerId).containsExactly(1L, 2L);
        assertThat(told.check(idempotent(1, 0, 3, 1))).isInstanceOf(Verdict.Duplicate.class);
        assertThat(told.check(above)).isInstanceOf(Verdict.Accept.class);
        told.append(above);
        told.append(idempotent(3, 0, 0, 1).at(end + 2, 0));
        assertThat(told.below(Long.MAX_VALUE)).isEqualTo(states.below(Long.MAX_VALUE));
        assertThat(states.below(0L)).isEmpty();
    }

    @Test
    void theSilentExpire() {
        store(Headers.header(1, 0, 0, 1, 100L, 0));
        store(Headers.header(2, 0, 0, 1, 200L, 0));
        states.expireBefore(150L);
        assertThat(states.size()).isEqualTo(1);
        assertAccepted(idempotent(1, 0, 8, 1));
        assertRefused(idempotent(2, 0, 8, 1), ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER);
    }

    @Test
    void theNumberOfProducersIsBoundedAndTheOldestAreForgotten() {
        for (int i = 0; i < ProducerStates.MAX_PRODUCERS; i++) {
            store(idempotent(i, 0, 0, 1));
        }
        store(idempotent(0, 0, 1, 1)); // the first has written again
        store(idempotent(1_000_000, 0, 0, 1));
        assertThat(states.size()).isLessThanOrEqualTo(ProducerStates.MAX_PRODUCERS);
        assertRefused(idempotent(0, 0, 9, 1), ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER);
        assertAccepted(idempotent(1, 0, 9, 1));
        assertDuplicateOf(idempotent(1_000_000, 0, 0, 1), ProducerStates.MAX_PRODUCERS + 1L);
    }

    @Test
    void controlBatchesLeaveSequencesAlone() {
        store(idempotent(1, 0, 0, 1));
        store(Headers.header(1, 0, -1, 1, 1L, 0x30));
        assertAccepted(idempotent(1, 0, 1, 1));
    }
}
