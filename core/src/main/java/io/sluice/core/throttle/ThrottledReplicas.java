package io.sluice.core.throttle;

import java.util.Collections;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The replicas of a topic that are held back (KIP-73), as the settings {@code
 * leader.replication.throttled.replicas} and {@code follower.replication.throttled.replicas} name
 * them: {@code *} for all, or {@code PARTITION:BROKER} with commas between.
 *
 * @param all whether every replica is
 * @param brokers those that are, by partition
 */
public record ThrottledReplicas(boolean all, SortedMap<Integer, SortedSet<Integer>> brokers) {

    /** Nobody is held back. */
    public static final ThrottledReplicas NONE =
            new ThrottledReplicas(false, Collections.unmodifiableSortedMap(new TreeMap<>()));

    private static final ThrottledReplicas ALL = new ThrottledReplicas(true, NONE.brokers);

    private static final String EVERYONE = "*";

    /** Whether that broker's replica of that partition is. */
    public boolean includes(int partition, int broker) {
        SortedSet<Integer> of = brokers.get(partition);
        return all || (of != null && of.contains(broker));
    }

    /** What is wrong with a value, or empty. */
    public static Optional<String> fault(String text) {
        return read(text).isPresent()
                ? Optional.empty()
                : Optional.of("give *, or PARTITION:BROKER with commas between");
    }

    /**
     * Reads a value that was checked.
     *
     * @throws IllegalArgumentException if it is wrong all the same
     */
    public static ThrottledReplicas parse(String text) {
        return read(text)
                .orElseThrow(() -> new IllegalArgumentException("no list of replicas: " + text));
    }

    private static Optional<ThrottledReplicas> read(String text) {
        if (text.isEmpty()) {
            return Optional.of(NONE);
        }
        if (text.equals(EVERYONE)) {
            return Optional.of(ALL);
        }
        SortedMap<Integer, SortedSet<Integer>> brokers = new TreeMap<>();
        for (String one : text.split(",", -1)) {
            int colon = one.indexOf(':');
            Optional<Integer> partition = number(one, 0, Math.max(0, colon));
            Optional<Integer> broker = number(one, colon + 1, one.length());
            if (colon < 0 || partition.isEmpty() || broker.isEmpty()) {
                return Optional.empty();
            }
            brokers.computeIfAbsent(partition.get(), number -> new TreeSet<>()).add(broker.get());
        }
        return Optional.of(
                new ThrottledReplicas(false, Collections.unmodifiableSortedMap(brokers)));
    }

    private static Optional<Integer> number(String text, int from, int to) {
        try {
            int number = Integer.parseInt(text.substring(from, to).strip());
            return number >= 0 ? Optional.of(number) : Optional.empty();
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }
}
