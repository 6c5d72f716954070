package io.sluice.core.controller;

import io.sluice.core.model.Uuid;
import java.util.List;

/**
 * One partition as the cluster knows it.
 *
 * @param partition its number in the topic
 * @param replicas broker ids, the preferred leader first
 * @param directories the log directory of each replica, in the order of {@code replicas}; {@link
 *     Uuid#ZERO} lets the broker choose
 * @param isr the in-sync replicas
 * @param leader the leader's broker id, or {@link #NO_LEADER}
 * @param leaderEpoch grows with every leader (KIP-101)
 * @param partitionEpoch grows with every change (KIP-497)
 */
public record PartitionImage(
        int partition,
        List<Integer> replicas,
        List<Uuid> directories,
        List<Integer> isr,
        int leader,
        int leaderEpoch,
        int partitionEpoch) {

    /** No replica may lead now. */
    public static final int NO_LEADER = -1;
}
