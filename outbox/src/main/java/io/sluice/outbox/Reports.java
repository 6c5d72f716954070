package io.sluice.outbox;

import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/** Tells a listener, survives what it throws, and counts. */
final class Reports {

    private final RelayListener listener;
    private final AtomicLong published = new AtomicLong();
    private final AtomicLong parked = new AtomicLong();
    private final AtomicLong failures = new AtomicLong();

    Reports(RelayListener listener) {
        this.listener = listener;
    }

    long publishedCount() {
        return published.get();
    }

    long parkedCount() {
        return parked.get();
    }

    long failureCount() {
        return failures.get();
    }

    void active() {
        tell(listener::active);
    }

    void standby() {
        tell(listener::standby);
    }

    void published(int messages) {
        if (messages > 0) {
            published.addAndGet(messages);
            tell(() -> listener.published(messages));
        }
    }

    void parked(List<Settled.Parked> rows) {
        for (Settled.Parked row : rows) {
            parked.incrementAndGet();
            tell(() -> listener.parked(row.topic(), row.messageId(), row.reason()));
        }
    }

    void held(String topic, String reason, long nanos) {
        tell(() -> listener.held(topic, reason, Duration.ofNanos(nanos)));
    }

    void failed(Throwable failure, long nanos) {
        failures.incrementAndGet();
        tell(() -> listener.failed(failure, Duration.ofNanos(nanos)));
    }

    private static void tell(Runnable word) {
        try {
            word.run();
        } catch (RuntimeException e) {
            System.getLogger(Reports.class.getPackageName())
                    .log(Level.WARNING, "the relay's listener failed", e);
        }
    }
}
