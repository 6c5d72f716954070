package io.sluice.simulator;

import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** How often each fault was made and each situation was met, over one run or many. */
public final class Coverage {

    private final SortedMap<String, Long> counts = new TreeMap<>();

    public void count(String what) {
        count(what, 1L);
    }

    public void count(String what, long times) {
        counts.merge(what, times, Long::sum);
    }

    public long of(String what) {
        return counts.getOrDefault(what, 0L);
    }

    public void add(Coverage other) {
        other.counts.forEach(this::count);
    }

    /** Which of these never happened. */
    public List<String> missing(List<String> named) {
        List<String> missing = new ArrayList<>();
        for (String name : named) {
            if (of(name) == 0) {
                missing.add(name);
            }
        }
        return missing;
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        counts.forEach((name, count) -> text.append("%12d %s%n".formatted(count, name)));
        return text.toString();
    }
}
