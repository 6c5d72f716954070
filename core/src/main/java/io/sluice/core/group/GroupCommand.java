package io.sluice.core.group;

import io.sluice.core.group.assignor.PartitionSet;
import io.sluice.core.group.streams.Tasks;
import io.sluice.core.group.streams.Topology;
import io.sluice.core.model.TopicPartition;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;

/** What may be asked of the coordinator of groups. */
public sealed interface GroupCommand {

    /** An assignor that a member offers, with what it says to it. */
    record Protocol(String name, Bytes metadata) {}

    /**
     * Who asks, as a member.
     *
     * @param generation -1 outside a generation
     * @param memberId empty for nobody
     * @param instanceId of a static member (KIP-345)
     */
    record Caller(int generation, String memberId, Optional<String> instanceId) {}

    /**
     * Joins, or joins again (JoinGroup).
     *
     * @param memberId empty for a new member
     * @param newMemberId what a new member is called; made by the caller
     * @param idFirst a new member is told its id and joins with it (KIP-394)
     * @param maySkip the leader understands that it need not assign again (KIP-814)
     */
    record Join(
            String group,
            String memberId,
            Optional<String> instanceId,
            String newMemberId,
            String clientId,
            String clientHost,
            int sessionMs,
            int rebalanceMs,
            String protocolType,
            List<Protocol> protocols,
            boolean idFirst,
            boolean maySkip)
            implements GroupCommand {}

    /**
     * Asks for the assignment, the leader gives all (SyncGroup).
     *
     * @param protocolType empty if the version has none
     * @param protocolName empty if the version has none
     */
    record Sync(
            String group,
            Caller caller,
            Optional<String> protocolType,
            Optional<String> protocolName,
            List<Assignment> assignments)
            implements GroupCommand {}

    /** What a member is to read, in the words of the assignor. */
    record Assignment(String memberId, Bytes assignment) {}

    /** Says that a member lives. */
    record Heartbeat(String group, Caller caller) implements GroupCommand {}

    /** Members go. */
    record Leave(String group, List<Leaver> leavers) implements GroupCommand {}

    /** A member that goes, by its id or by its instance. */
    record Leaver(String memberId, Optional<String> instanceId) {}

    /** Stores offsets (OffsetCommit). */
    record Commit(String group, Caller caller, List<Offset> offsets) implements GroupCommand {}

    /** An offset to be stored. */
    record Offset(TopicPartition partition, long offset, int leaderEpoch, String metadata) {}

    /**
     * Whether a producer may store offsets in its transaction, or must be looked up with the
     * transaction's coordinator first.
     */
    record Guard(long producerId, short epoch) implements GroupCommand {}

    /**
     * Stores offsets in a transaction (TxnOffsetCommit).
     *
     * @param guard what the answer to {@link Guard} said, if the coordinator was asked
     */
    record CommitInTransaction(
            String group,
            Caller caller,
            long producerId,
            short epoch,
            long guard,
            List<Offset> offsets)
            implements GroupCommand {}

    /**
     * The marker of a transaction: its offsets become the groups', or go.
     *
     * @param endsEpoch the producer has a new epoch in every transaction, this one: the marker is
     *     for those before it alone (KIP-890)
     */
    record EndTransaction(long producerId, short epoch, boolean commit, boolean endsEpoch)
            implements GroupCommand {}

    /**
     * Reads offsets.
     *
     * @param caller empty for who does not say who it is
     * @param partitions empty for all
     * @param stable names those that a transaction may still change (KIP-447)
     */
    record Fetch(
            String group,
            Optional<Caller> caller,
            Optional<List<TopicPartition>> partitions,
            boolean stable)
            implements GroupCommand {}

    /**
     * The heartbeat of a member whose partitions the broker assigns (ConsumerGroupHeartbeat,
     * KIP-848). What is empty has not changed since the last one.
     *
     * @param epoch 0 to join, -1 to leave, -2 for a static member that goes for a moment
     * @param rebalanceMs negative if it has not changed
     * @param pattern present and empty for none any more
     * @param owned what the member holds
     * @param isFull says all there is to say, so it wants to hear all
     */
    record Beat(
            String group,
            String memberId,
            int epoch,
            Optional<String> instanceId,
            Optional<String> rack,
            String clientId,
            String clientHost,
            int rebalanceMs,
            Optional<List<String>> topics,
            Optional<String> pattern,
            Optional<String> assignor,
            Optional<PartitionSet> owned,
            boolean isFull)
            implements GroupCommand {}

    /**
     * The heartbeat of a thread of a Kafka Streams application (StreamsGroupHeartbeat, KIP-1071).
     * What is empty has not changed since the last one.
     *
     * @param epoch 0 to join, -1 to leave, -2 for a static member that goes for a moment
     * @param endpointEpoch of what the member knows of who answers for what
     * @param rebalanceMs negative if it has not changed
     * @param topology of who joins
     * @param owned what the member holds
     * @param isFull says all there is to say, so it wants to hear all
     * @param stops all of the application shall stop
     */
    record StreamsBeat(
            String group,
            String memberId,
            int epoch,
            int endpointEpoch,
            Optional<String> instanceId,
            Optional<String> rack,
            String clientId,
            String clientHost,
            int rebalanceMs,
            Optional<Topology> topology,
            Optional<Tasks> owned,
            Optional<String> processId,
            Optional<StreamsMember.Endpoint> endpoint,
            Optional<SortedMap<String, String>> tags,
            boolean isFull,
            boolean stops)
            implements GroupCommand {}

    /**
     * The heartbeat of a member of a share group (ShareGroupHeartbeat, KIP-932). What is empty has
     * not changed since the last one.
     *
     * @param epoch 0 to join, -1 to leave
     */
    record ShareBeat(
            String group,
            String memberId,
            int epoch,
            Optional<String> rack,
            String clientId,
            String clientHost,
            Optional<List<String>> topics)
            implements GroupCommand {}

    /** Forgets offsets (OffsetDelete). */
    record DeleteOffsets(String group, List<TopicPartition> partitions) implements GroupCommand {}

    /** Forgets a group without members. */
    record Delete(String group) implements GroupCommand {}

    /** Topics are gone: nobody needs their offsets. */
    record TopicsGone(Set<String> topics) implements GroupCommand {}

    /** Names the groups. */
    record ListAll() implements GroupCommand {}

    /** Shows a group of the classic protocol. */
    record Describe(String group) implements GroupCommand {}

    /** Shows a group whose partitions the broker assigns. */
    record DescribeConsumers(String group) implements GroupCommand {}

    /** Shows a group whose tasks the broker assigns. */
    record DescribeStreams(String group) implements GroupCommand {}

    /** Shows a group whose members share partitions. */
    record DescribeShares(String group) implements GroupCommand {}
}
