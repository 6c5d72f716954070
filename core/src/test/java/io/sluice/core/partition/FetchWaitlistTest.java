package io.sluice.core.partition;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class FetchWaitlistTest {

    private final FetchWaitlist list = new FetchWaitlist();
    private final RecordingOutbox outbox = new RecordingOutbox();
    private final List<String> woken = new ArrayList<>();

    private FetchWaitlist.Waiter waiter(String name, long offset) {
        FetchWaitlist.Waiter waiter = new FetchWaitlist.Waiter(offset, () -> woken.add(name));
        assertThat(list.add(waiter)).isTrue();
        return waiter;
    }

    @Test
    void wakesOnceWhoeverIsPassedInTheOrderTheyCame() {
        waiter("a", 5);
        waiter("b", 9);
        waiter("c", 4);
        list.grown(6, outbox);
        assertThat(woken).containsExactly("a", "c");
        list.grown(9, outbox);
        assertThat(woken).containsExactly("a", "c");
        list.grown(10, outbox);
        assertThat(woken).containsExactly("a", "c", "b");
        list.grown(100, outbox);
        assertThat(woken).hasSize(3);
        assertThat(list.size()).isZero();
    }

    @Test
    void whoLeavesIsNotWoken() {
        FetchWaitlist.Waiter first = waiter("a", 1);
        FetchWaitlist.Waiter middle = waiter("b", 1);
        waiter("c", 1);
        FetchWaitlist.Waiter last = waiter("d", 1);
        list.cancel(middle);
        list.cancel(middle);
        list.cancel(first);
        list.cancel(last);
        assertThat(list.size()).isEqualTo(1);
        list.grown(2, outbox);
        assertThat(woken).containsExactly("c");
        middle.wake();
        assertThat(woken).containsExactly("c");
    }

    @Test
    void isBounded() {
        for (int i = 0; i < FetchWaitlist.CAPACITY; i++) {
            waiter("x", 1);
        }
        assertThat(list.add(new FetchWaitlist.Waiter(1, () -> {}))).isFalse();
        list.grown(2, outbox);
        assertThat(woken).hasSize(FetchWaitlist.CAPACITY);
    }
}
