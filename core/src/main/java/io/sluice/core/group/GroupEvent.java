package io.sluice.core.group;

import io.sluice.core.group.streams.Topology;
import io.sluice.core.model.TopicPartition;
import java.util.List;
import java.util.Optional;

/** What is remembered. The last event of a group, or of an offset, tells all about it. */
public sealed interface GroupEvent {

    /** The group has a new generation, or members changed without one. */
    record Stored(
            String group,
            String protocolType,
            int generation,
            Optional<String> protocolName,
            String leader,
            long sinceMs,
            List<StoredMember> members)
            implements GroupEvent {}

    /** A member with what it offered to, and got from, the assignor that was chosen. */
    record StoredMember(
            String memberId,
            Optional<String> instanceId,
            String clientId,
            String clientHost,
            int sessionMs,
            int rebalanceMs,
            Bytes metadata,
            Bytes assignment) {}

    /** The group is gone. */
    record Removed(String group) implements GroupEvent {}

    /** An offset is stored. */
    record Offset(String group, TopicPartition partition, GroupReply.Committed committed)
            implements GroupEvent {}

    /** An offset is gone. */
    record OffsetRemoved(String group, TopicPartition partition) implements GroupEvent {}

    /** What concerns offsets in transactions. */
    sealed interface OfTransactions extends GroupEvent {}

    /**
     * An offset is stored in a transaction that is not over.
     *
     * @param overtaken the group stored a newer one since
     */
    record OffsetPending(
            String group,
            TopicPartition partition,
            long producerId,
            short epoch,
            GroupReply.Committed committed,
            boolean overtaken)
            implements OfTransactions {}

    /** The transaction of such an offset is over. */
    record OffsetPendingRemoved(String group, TopicPartition partition, long producerId)
            implements OfTransactions {}

    /** A transaction of the producer ended with a marker of this epoch. */
    record ProducerEnded(long producerId, short epoch, long timeMs) implements OfTransactions {}

    /** Nobody needs to know of the producer any more. */
    record ProducerForgotten(long producerId) implements OfTransactions {}

    /** What concerns groups whose partitions the broker assigns (KIP-848). */
    sealed interface OfConsumers extends GroupEvent {}

    /**
     * Such a group, without its members.
     *
     * @param targetEpoch the epoch for which its members' targets were made
     * @param topicsHash of the topics they were made for
     * @param sinceMs when the last member went
     */
    record ConsumerGroupStored(
            String group,
            int epoch,
            int targetEpoch,
            String assignor,
            long topicsHash,
            long sinceMs)
            implements OfConsumers {}

    /** Such a group is gone, after its members. */
    record ConsumerGroupRemoved(String group) implements OfConsumers {}

    /** A member as it is now. */
    record ConsumerMemberStored(String group, ConsumerMember member) implements OfConsumers {}

    /** A member is gone. */
    record ConsumerMemberRemoved(String group, String memberId) implements OfConsumers {}

    /** What concerns groups whose tasks the broker assigns (KIP-1071). */
    sealed interface OfStreams extends GroupEvent {}

    /**
     * Such a group, without its members and its topology.
     *
     * @param targetEpoch the epoch for which its members' targets were made
     * @param basis of the topics and settings they were made for
     * @param sinceMs when the last member went
     */
    record StreamsGroupStored(String group, int epoch, int targetEpoch, long basis, long sinceMs)
            implements OfStreams {}

    /** Such a group is gone, after its members and its topology. */
    record StreamsGroupRemoved(String group) implements OfStreams {}

    /** What the members run. */
    record StreamsTopologyStored(String group, Topology topology) implements OfStreams {}

    /** Nothing is run any more. */
    record StreamsTopologyRemoved(String group) implements OfStreams {}

    /** A member as it is now. */
    record StreamsMemberStored(String group, StreamsMember member) implements OfStreams {}

    /** A member is gone. */
    record StreamsMemberRemoved(String group, String memberId) implements OfStreams {}

    /** What concerns groups whose members share partitions (KIP-932). */
    sealed interface OfShares extends GroupEvent {}

    /**
     * Such a group, without its members.
     *
     * @param topicsHash of the topics that members were given partitions of
     * @param sinceMs when the last member went
     */
    record ShareGroupStored(String group, int epoch, long topicsHash, long sinceMs)
            implements OfShares {}

    /** Such a group is gone, after its members. */
    record ShareGroupRemoved(String group) implements OfShares {}

    /** A member as it is now. */
    record ShareMemberStored(String group, ShareMember member) implements OfShares {}

    /** A member is gone. */
    record ShareMemberRemoved(String group, String memberId) implements OfShares {}
}
