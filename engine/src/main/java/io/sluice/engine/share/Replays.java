package io.sluice.engine.share;

import java.util.LinkedHashMap;
import java.util.Map;

/** How far orders to deliver records again have come at one queue; the last few. */
final class Replays {

    private static final int MAX_ORDERS = 16;

    private final LinkedHashMap<String, Long> upTo = new LinkedHashMap<>(1, 0.75f, true);

    /** Before that record an order has nothing more to do. */
    void cameTo(String order, long offset) {
        upTo.merge(order, offset, Math::max);
        if (upTo.size() > MAX_ORDERS) {
            Map.Entry<String, Long> eldest = upTo.firstEntry();
            upTo.remove(eldest.getKey());
        }
    }

    /** The first record that an order has to do with; 0 of one that is not known. */
    long upTo(String order) {
        return upTo.getOrDefault(order, 0L);
    }
}
