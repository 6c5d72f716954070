package io.sluice.core.group;

import io.sluice.core.controller.ClusterImage;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;

/**
 * Bounds and times of groups, in milliseconds.
 *
 * @param minSessionMs group.min.session.timeout.ms
 * @param maxSessionMs group.max.session.timeout.ms
 * @param initialDelayMs group.initial.rebalance.delay.ms
 * @param maxMembers group.max.size
 * @param metadataMaxBytes offset.metadata.max.bytes
 * @param retentionMs offsets.retention.minutes
 * @param retentionCheckMs offsets.retention.check.interval.ms
 * @param consumers groups whose partitions the broker assigns
 * @param streams groups whose tasks the broker assigns
 * @param shares groups whose members share partitions
 */
public record GroupSettings(
        int minSessionMs,
        int maxSessionMs,
        int initialDelayMs,
        int maxMembers,
        int metadataMaxBytes,
        long retentionMs,
        long retentionCheckMs,
        Consumers consumers,
        Streams streams,
        Shares shares) {

    /**
     * Bounds and times of groups whose partitions the broker assigns.
     *
     * @param maxMembers group.consumer.max.size
     * @param times group.consumer.session.timeout.ms and what else may be set on one group
     * @param assignors group.consumer.assignors, the default first
     * @param mayUpgrade by group.consumer.migration.policy: a classic group becomes such a one
     * @param mayDowngrade by the same: and the other way round
     * @param internalTopics which no pattern means
     */
    public record Consumers(
            int maxMembers,
            Times times,
            List<String> assignors,
            boolean mayUpgrade,
            boolean mayDowngrade,
            Set<String> internalTopics) {

        /** What holds for a group: the broker's values, or those set on the group. */
        Times times(ClusterImage image, String group) {
            SortedMap<String, String> own = image.groupConfigs().get(group);
            return own == null
                    ? times
                    : new Times(
                            value(own, "consumer.session.timeout.ms", times.sessionMs()),
                            value(own, "consumer.heartbeat.interval.ms", times.heartbeatMs()),
                            value(own, "consumer.assignment.interval.ms", times.assignmentMs()));
        }
    }

    /**
     * Bounds and times of groups whose tasks the broker assigns.
     *
     * @param maxMembers group.streams.max.size
     */
    public record Streams(int maxMembers, StreamsTimes times) {

        /** What holds for a group: the broker's values, or those set on the group. */
        StreamsTimes times(ClusterImage image, String group) {
            SortedMap<String, String> own = image.groupConfigs().get(group);
            return own == null
                    ? times
                    : new StreamsTimes(
                            value(own, "streams.session.timeout.ms", times.sessionMs()),
                            value(own, "streams.heartbeat.interval.ms", times.heartbeatMs()),
                            value(own, "streams.initial.rebalance.delay.ms", times.delayMs()),
                            value(own, "streams.num.standby.replicas", times.standbys()));
        }
    }

    /**
     * What holds for a streams group.
     *
     * @param sessionMs a member is dead after so long without a heartbeat
     * @param heartbeatMs how often it is told to speak
     * @param delayMs how long a group that begins waits for company
     * @param standbys of each task with a state
     */
    public record StreamsTimes(int sessionMs, int heartbeatMs, int delayMs, int standbys) {}

    /**
     * Bounds and times of groups whose members share partitions.
     *
     * @param maxMembers group.share.max.size
     */
    public record Shares(int maxMembers, ShareTimes times) {

        /** What holds for a group: the broker's values, or those set on the group. */
        ShareTimes times(ClusterImage image, String group) {
            SortedMap<String, String> own = image.groupConfigs().get(group);
            return own == null
                    ? times
                    : new ShareTimes(
                            value(own, "share.session.timeout.ms", times.sessionMs()),
                            value(own, "share.heartbeat.interval.ms", times.heartbeatMs()));
        }
    }

    /** When a member of a share group must be heard of, and how often it is told to speak. */
    public record ShareTimes(int sessionMs, int heartbeatMs) {}

    private static int value(SortedMap<String, String> own, String key, int otherwise) {
        String value = own.get(key);
        return value == null ? otherwise : Integer.parseInt(value);
    }

    /**
     * When a member must be heard of, how often it is told to speak, and the time between two
     * targets of a group (KIP-1263).
     */
    public record Times(int sessionMs, int heartbeatMs, int assignmentMs) {}
}
