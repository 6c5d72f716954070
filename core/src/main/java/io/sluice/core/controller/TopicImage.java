package io.sluice.core.controller;

import io.sluice.core.model.Uuid;
import java.util.List;
import java.util.SortedMap;

/**
 * One topic as the cluster knows it.
 *
 * @param partitions in the order of their numbers, without a gap
 * @param configs the values set on the topic itself, by name
 */
public record TopicImage(
        Uuid id, String name, List<PartitionImage> partitions, SortedMap<String, String> configs) {}
