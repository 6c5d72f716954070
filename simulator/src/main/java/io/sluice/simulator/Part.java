package io.sluice.simulator;

import java.util.Collections;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * How much of what a seed makes is played: all of it, or what was left of it by shrinking.
 *
 * @param faults the numbers of those that are made; empty for all
 * @param sizes what is at most so large
 */
record Part(Optional<SortedSet<Long>> faults, Map<Size, Long> sizes) {

    static final Part ALL = new Part(Optional.empty(), Map.of());

    /** Faults are counted from one, so this is none of them. */
    static final long NO_FAULT = 0;

    /** What a run may have less of. */
    enum Size {
        BROKERS(1),
        PARTITIONS(1),
        PRODUCERS(1),
        CONSUMERS(0),
        BATCHES(1),
        TELLERS(0),
        TRANSACTIONS(1),
        MEMBERS(0),
        TAKERS(0),
        TASKS(1),
        REMINDERS(1),
        LOOPS(1),
        FAULTS_MS(100);

        private final long least;

        Size(long least) {
            this.least = least;
        }

        long least() {
            return least;
        }
    }

    Part {
        faults = faults.map(numbers -> Collections.unmodifiableSortedSet(new TreeSet<>(numbers)));
        EnumMap<Size, Long> sorted = new EnumMap<>(Size.class);
        sorted.putAll(sizes);
        sizes = Collections.unmodifiableMap(sorted);
    }

    boolean has(long fault) {
        return faults.isEmpty() || faults.get().contains(fault);
    }

    Part withFaults(SortedSet<Long> numbers) {
        return new Part(Optional.of(numbers), sizes);
    }

    Part with(Size size, long atMost) {
        Map<Size, Long> changed = new EnumMap<>(Size.class);
        changed.putAll(sizes);
        changed.put(size, atMost);
        return new Part(faults, changed);
    }

    int of(Size size, int whole) {
        return (int) of(size, (long) whole);
    }

    long of(Size size, long whole) {
        return Math.min(whole, sizes.getOrDefault(size, Long.MAX_VALUE));
    }

    /** The options of the command line that play it. */
    String options() {
        String only =
                faults.map(numbers ->
                                " --only-faults "
                                        + (numbers.isEmpty()
                                                ? String.valueOf(NO_FAULT)
                                                : joined(numbers)))
                        .orElse("");
        return sizes.isEmpty()
                ? only
                : only
                        + " --at-most "
                        + sizes.entrySet().stream()
                                .map(one ->
                                        one.getKey().name().toLowerCase(Locale.ROOT)
                                                + "="
                                                + one.getValue())
                                .collect(Collectors.joining(","));
    }

    private static String joined(SortedSet<Long> numbers) {
        return numbers.stream().map(String::valueOf).collect(Collectors.joining(","));
    }
}
