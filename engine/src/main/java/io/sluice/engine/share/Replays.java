package io.sluice.engine.share;

import io.sluice.core.share.SharePartition.Span;
import java.util.LinkedHashMap;
import java.util.List;
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

    /** What an order has not done of that: who asks twice at once is not served twice. */
    List<Span> left(String order, List<Span> spans) {
        long from = upTo(order);
        return spans.stream()
                .filter(span -> span.last() >= from)
                .map(span -> new Span(Math.max(from, span.first()), span.last(), span.facts()))
                .toList();
    }

    /** The first record that an order has to do with; 0 of one that is not known. */
    long upTo(String order) {
        return upTo.getOrDefault(order, 0L);
    }
}
