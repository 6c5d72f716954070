package io.sluice.engine.partition;

import io.sluice.core.config.TopicConfig;
import io.sluice.core.controller.PartitionImage;
import io.sluice.core.model.BatchHeader;
import io.sluice.core.model.TopicPartition;
import io.sluice.core.model.Uuid;
import io.sluice.core.partition.ReplicaSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What this broker means to host, from the image to the open log. Owned by the home loop of {@link
 * PartitionLifecycle}.
 *
 * <pre>
 *   QUEUED ──▶ OPENING ──▶ OPEN
 *                 └──────▶ OFFLINE     the log could not be opened
 * </pre>
 *
 * A deleted one goes on to be opened, so that what lies on disk is found and removed.
 */
final class HostedPartition {

    /** How far it has come. */
    enum Stage {
        QUEUED,
        OPENING,
        OPEN,
        OFFLINE
    }

    final TopicPartition name;
    final Uuid topicId;

    /** The loop that owns it, by its place in the list of loops. */
    final int loop;

    Stage stage = Stage.QUEUED;
    boolean deleted;

    /** What lies there was given up: it is to go before the log is opened. */
    boolean discards;

    /** It has begun anew, or will, as the image wants it. */
    boolean beginsAnew;

    /** Its log could not be opened because of what is in it. */
    boolean damaged;

    int leader = PartitionImage.NO_LEADER;
    int leaderEpoch = BatchHeader.NO_LEADER_EPOCH;

    /** Who holds it, as the image said last. */
    ReplicaSet replicas = ReplicaSet.ALONE;

    /** Replicas that the cluster brings by itself. */
    List<Integer> arriving = List.of();

    /** Where its log lies, as the image said last. */
    Uuid directory = Uuid.ZERO;

    /** Where it does. */
    Uuid lies = Uuid.ZERO;

    TopicConfig config;

    /** Set while OPEN. */
    @Nullable PartitionHost host;

    /** Set while OFFLINE. */
    @Nullable OfflinePartition offline;

    HostedPartition(TopicPartition name, Uuid topicId, int loop, TopicConfig config) {
        this.name = name;
        this.topicId = topicId;
        this.loop = loop;
        this.config = config;
    }
}
