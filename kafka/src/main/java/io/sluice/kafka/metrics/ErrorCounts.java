package io.sluice.kafka.metrics;

import io.sluice.core.model.ErrorCode;
import java.util.concurrent.atomic.AtomicLongArray;

/** How often each error was answered. Owned by one loop, read by any thread. */
final class ErrorCounts {

    /** Codes from UNKNOWN_SERVER_ERROR on; a code beyond counts as that. */
    private static final int CODES = 160;

    private static final int FIRST = ErrorCode.UNKNOWN_SERVER_ERROR.code();

    private final AtomicLongArray counts = new AtomicLongArray(CODES);

    void add(short code) {
        if (code == 0) {
            return;
        }
        int place = code - FIRST;
        int at = place > 0 && place < CODES ? place : 0;
        counts.setOpaque(at, counts.getPlain(at) + 1L);
    }

    /** Adds what was counted here to what was counted elsewhere, by place. */
    void addTo(long[] all) {
        for (int i = 0; i < CODES; i++) {
            all[i] += counts.getOpaque(i);
        }
    }

    static long[] none() {
        return new long[CODES];
    }

    /** The error that is counted in a place. */
    static String name(int place) {
        return ErrorCode.of((short) (place + FIRST)).name();
    }
}
