package io.sluice.core.transaction;

import io.sluice.core.transaction.TransactionCoordinator.Wake;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * When the time of open transactions is up. A beginning is stored by the clock of the broker that
 * coordinated then. If that lies ahead of the clock here, the transaction counts as begun when this
 * machine was first told the time: else it would stay open until that clock is reached (I-17).
 */
final class Timeouts {

    private static final long UNKNOWN = Long.MIN_VALUE;
    private static final long NEVER = Long.MAX_VALUE;

    private final TreeSet<Wake> wakes = TransactionCoordinator.wakes();

    /** Those of the wakes, by transactional id. */
    private final Map<String, Open> open = new HashMap<>();

    private long nowMs = UNKNOWN;

    private record Open(Transaction transaction, Wake wake) {}

    /** What time it is. */
    void now(long ms) {
        boolean first = nowMs == UNKNOWN;
        nowMs = ms;
        if (first) {
            for (Wake wake : List.copyOf(wakes)) {
                Open known = open.get(wake.id());
                if (known != null && known.transaction.startMs() > nowMs) {
                    schedule(known.transaction, known);
                }
            }
        }
    }

    /** A transaction as it is now. One that is open keeps its time. */
    void follow(Transaction now) {
        Open known = open.get(now.id());
        if (now.timeoutAtMs() == NEVER) {
            forget(now.id());
        } else if (known == null || known.transaction.startMs() != now.startMs()) {
            schedule(now, known);
        }
    }

    private void schedule(Transaction one, @Nullable Open before) {
        if (before != null) {
            wakes.remove(before.wake);
        }
        boolean ahead = nowMs != UNKNOWN && one.startMs() > nowMs;
        Wake wake = new Wake(ahead ? nowMs + one.timeoutMs() : one.timeoutAtMs(), one.id());
        wakes.add(wake);
        open.put(one.id(), new Open(one, wake));
    }

    void forget(String id) {
        Open known = open.remove(id);
        if (known != null) {
            wakes.remove(known.wake);
        }
    }

    /** The next one; {@link Long#MAX_VALUE} for none. */
    long nextMs() {
        return wakes.isEmpty() ? NEVER : wakes.first().atMs();
    }

    /** In order. */
    SortedSet<Wake> wakes() {
        return Collections.unmodifiableSortedSet(wakes);
    }
}
