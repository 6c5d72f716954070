package io.sluice.core.model;

import java.util.Comparator;

/**
 * One partition of a topic, by name. Its folder on disk is {@code topic-partition}.
 *
 * @param topic the topic's name
 * @param partition the partition's number, from 0
 */
public record TopicPartition(String topic, int partition) implements Comparable<TopicPartition> {

    private static final Comparator<TopicPartition> ORDER =
            Comparator.comparing(TopicPartition::topic).thenComparingInt(TopicPartition::partition);

    @Override
    public int compareTo(TopicPartition other) {
        return ORDER.compare(this, other);
    }

    /** The name of the partition's folder. */
    @Override
    public String toString() {
        return topic + "-" + partition;
    }
}
