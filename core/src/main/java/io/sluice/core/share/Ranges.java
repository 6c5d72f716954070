package io.sluice.core.share;

import java.util.Map;
import java.util.TreeMap;

/** A set of offsets, as ranges that neither touch nor overlap. */
final class Ranges {
    private final TreeMap<Long, Long> lastByFirst = new TreeMap<>();

    /** What is done with each range. */
    interface Visitor {
        void range(long first, long last);
    }

    void add(long first, long last) {
        long from = first;
        long to = last;
        Map.Entry<Long, Long> before = lastByFirst.floorEntry(first);
        if (before != null && before.getValue() >= first - 1) {
            from = before.getKey();
            to = Math.max(to, before.getValue());
        }
        Map.Entry<Long, Long> after = lastByFirst.ceilingEntry(from);
        while (after != null && after.getKey() <= to + 1) {
            to = Math.max(to, after.getValue());
            lastByFirst.remove(after.getKey());
            after = lastByFirst.ceilingEntry(from);
        }
        lastByFirst.put(from, to);
    }

    boolean isEmpty() {
        return lastByFirst.isEmpty();
    }

    void drain(Visitor visitor) {
        lastByFirst.forEach(visitor::range);
        lastByFirst.clear();
    }
}
