package io.sluice.core.controller;

import io.sluice.core.model.Uuid;
import java.util.Collections;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What the cluster is at one position of the metadata log. Immutable: every thread may read it, and
 * two images of the same index are equal on every broker.
 *
 * @param index the position in the metadata log that this image includes; {@code -1} before any
 * @param brokerConfigs dynamic values by broker id as text; {@code ""} holds the cluster's default
 * @param groupConfigs values set on groups, by the group's name
 * @param nextProducerId the first producer id not handed out yet
 */
public record ClusterImage(
        long index,
        Uuid clusterId,
        SortedMap<Integer, BrokerImage> brokers,
        SortedMap<String, TopicImage> topics,
        SortedMap<Uuid, TopicImage> topicsById,
        SortedMap<String, SortedMap<String, String>> brokerConfigs,
        SortedMap<String, SortedMap<String, String>> groupConfigs,
        long nextProducerId) {

    /** Nothing yet. */
    public static final ClusterImage EMPTY =
            new ClusterImage(
                    -1L,
                    Uuid.ZERO,
                    Collections.unmodifiableSortedMap(new TreeMap<>()),
                    Collections.unmodifiableSortedMap(new TreeMap<>()),
                    Collections.unmodifiableSortedMap(new TreeMap<>()),
                    Collections.unmodifiableSortedMap(new TreeMap<>()),
                    Collections.unmodifiableSortedMap(new TreeMap<>()),
                    0L);

    /** Topics of an earlier image that are there no more, or under another identity. */
    public SortedSet<String> goneSince(ClusterImage before) {
        SortedSet<String> gone = new TreeSet<>();
        before.topicsById.forEach((id, topic) -> {
            if (!topicsById.containsKey(id)) {
                gone.add(topic.name());
            }
        });
        return gone;
    }
}
