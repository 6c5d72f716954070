package io.sluice.core.group;

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
 */
public record GroupSettings(
        int minSessionMs,
        int maxSessionMs,
        int initialDelayMs,
        int maxMembers,
        int metadataMaxBytes,
        long retentionMs,
        long retentionCheckMs) {}
