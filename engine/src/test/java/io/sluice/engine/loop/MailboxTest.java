package io.sluice.engine.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class MailboxTest {

    private final Mailbox mailbox = new Mailbox();
    private final Runnable task = () -> {};

    @Test
    void onlyTheFirstPutWakesASleeper() {
        assertThat(mailbox.put(task)).isFalse();
        assertThat(mailbox.sleep()).as("a task waits").isFalse();
        assertThat(mailbox.take()).isSameAs(task);
        assertThat(mailbox.sleep()).isTrue();
        assertThat(mailbox.put(task)).isTrue();
        assertThat(mailbox.put(task)).isFalse();
        mailbox.awake();
        assertThat(mailbox.put(task)).isFalse();
    }

    @Test
    void theBoundIsRefusedLoudlyAndLeavesRoomAgain() {
        for (int i = 0; i < Mailbox.CAPACITY; i++) {
            mailbox.put(task);
        }
        assertThatThrownBy(() -> mailbox.put(task))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("" + Mailbox.CAPACITY);
        int taken = 0;
        while (mailbox.take() != null) {
            taken++;
        }
        assertThat(taken).isEqualTo(Mailbox.CAPACITY);
        mailbox.put(task);
        assertThat(mailbox.take()).isSameAs(task);
    }

    @Test
    void noWakeIsLost() throws InterruptedException {
        int puts = 20_000;
        List<String> wakes = new ArrayList<>();
        Object lock = new Object();
        Thread sender =
                Thread.ofPlatform()
                        .start(() -> {
                            for (int i = 0; i < puts; i++) {
                                if (mailbox.put(task)) {
                                    synchronized (lock) {
                                        wakes.add("wake");
                                        lock.notifyAll();
                                    }
                                }
                            }
                        });
        int taken = 0;
        while (taken < puts) {
            while (mailbox.take() != null) {
                taken++;
            }
            if (taken < puts && mailbox.sleep()) {
                synchronized (lock) {
                    long until = System.nanoTime() + 10_000_000_000L;
                    while (wakes.isEmpty() && System.nanoTime() < until) {
                        lock.wait(1000);
                    }
                    assertThat(wakes).as("taken %d", taken).isNotEmpty();
                    wakes.clear();
                }
                mailbox.awake();
            }
        }
        sender.join();
    }
}
