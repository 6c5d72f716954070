package io.sluice.core.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.schedule.WaitingMessages.Entry;
import io.sluice.core.schedule.WaitingMessages.Turn;
import org.junit.jupiter.api.Test;

class WaitingMessagesTest {

    private final WaitingMessages messages = new WaitingMessages();

    private void waits(long offset, long dueMs) {
        messages.later(offset, dueMs, offset, Later.NONE, null);
    }

    @Test
    void isDeliveredOnce() {
        waits(3, 100);

        assertThat(messages.take(100, 3, 3)).isEqualTo(Turn.TAKEN);
        assertThat(messages.delivered(3, 100, 105)).isEqualTo(WaitingMessages.NEVER);
        assertThat(messages.take(100, 3, 3)).isEqualTo(Turn.GONE);
        assertThat(messages.size()).isZero();
    }

    @Test
    void whoIsBusyComesBackIfNothingCameOfIt() {
        waits(3, 100);
        assertThat(messages.hold(3)).isTrue();
        assertThat(messages.hold(3)).isFalse();

        assertThat(messages.take(100, 3, 3)).isEqualTo(Turn.LATER);
        assertThat(messages.free(3)).isEqualTo(new Entry(100, 3, 3));
        assertThat(messages.take(100, 3, 3)).isEqualTo(Turn.TAKEN);
    }

    @Test
    void whoseTimeDidNotComeMeanwhileNeedsNoOffer() {
        waits(3, 100);
        messages.hold(3);

        assertThat(messages.free(3)).isNull();
        assertThat(messages.isBusy(3)).isFalse();
    }

    @Test
    void isLeftAloneWhileATransactionMaySaySomethingOfIt() {
        waits(3, 100);
        messages.hold(3);
        messages.undecided(3);

        assertThat(messages.free(3)).isNull();
        assertThat(messages.take(100, 3, 3)).isEqualTo(Turn.LATER);
        assertThat(messages.undone(3)).isEqualTo(new Entry(100, 3, 3));
    }

    @Test
    void aCopyTakesThePlaceOfWhatItCopies() {
        waits(3, 100);
        messages.hold(3);
        messages.later(9, 100, 3, 3, null);

        assertThat(messages.waits(3)).isFalse();
        assertThat(messages.isBusy(3)).isFalse();
        assertThat(messages.isMoved(9)).isTrue();
        assertThat(messages.first()).isEqualTo(9);
        assertThat(messages.take(100, 3, 3)).isEqualTo(Turn.GONE);
        assertThat(messages.take(100, 9, 3)).isEqualTo(Turn.TAKEN);
    }

    @Test
    void aRecurringOneWaitsAgain() {
        messages.later(3, 100, 3, Later.NONE, after -> after / 100 * 100 + 100);

        assertThat(messages.take(100, 3, 3)).isEqualTo(Turn.TAKEN);
        assertThat(messages.delivered(3, 100, 101)).isEqualTo(200);
        assertThat(messages.recursAtMs(3)).isEqualTo(200);
        assertThat(messages.take(100, 3, 3)).as("out of date").isEqualTo(Turn.GONE);
        assertThat(messages.take(200, 3, 3)).isEqualTo(Turn.TAKEN);
    }

    @Test
    void whatARecurringOneMissedDoesNotCome() {
        messages.later(3, 100, 3, Later.NONE, after -> after / 100 * 100 + 100);

        assertThat(messages.delivered(3, 100, 950)).isEqualTo(1_000);
        assertThat(messages.delivered(3, 100, 950)).as("known").isEqualTo(WaitingMessages.NEVER);
        assertThat(messages.recurringOffset(3)).isEqualTo(3);
    }

    @Test
    void aRecurringOneMayEnd() {
        messages.later(3, 100, 3, Later.NONE, after -> WaitingMessages.NEVER);

        messages.delivered(3, 100, 101);

        assertThat(messages.size()).isZero();
        assertThat(messages.recurring()).isZero();
    }
}
