package io.sluice.core.group.streams;

import java.util.Comparator;

/**
 * The smallest piece of work of a streams application: one partition of every source of a
 * subtopology.
 */
public record Task(String subtopology, int partition) implements Comparable<Task> {

    /** No topic has more: a bound against nonsense. */
    public static final int MAX_PARTITION = 1_000_000;

    private static final Comparator<Task> ORDER =
            Comparator.comparing(Task::subtopology).thenComparingInt(Task::partition);

    /**
     * @throws IllegalArgumentException for a partition below 0 or above {@link #MAX_PARTITION}
     */
    public Task {
        if (partition < 0 || partition > MAX_PARTITION) {
            throw new IllegalArgumentException("partition " + partition);
        }
    }

    @Override
    public int compareTo(Task other) {
        return ORDER.compare(this, other);
    }

    @Override
    public String toString() {
        return subtopology + "_" + partition;
    }
}
