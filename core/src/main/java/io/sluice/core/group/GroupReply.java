package io.sluice.core.group;

import io.sluice.core.group.assignor.PartitionSet;
import io.sluice.core.group.streams.Tasks;
import io.sluice.core.group.streams.Topology;
import io.sluice.core.group.streams.Topology.InternalTopic;
import io.sluice.core.group.streams.TopologyPlan;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TopicPartition;
import io.sluice.core.model.Uuid;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;

/** What the coordinator of groups answers. */
public sealed interface GroupReply {

    /** Whether it worked; the answer to Heartbeat, Delete and TopicsGone. */
    record Done(ErrorCode error) implements GroupReply {}

    /**
     * @param members all of them for the leader, nobody for others
     * @param skip the leader need not assign
     */
    record Joined(
            ErrorCode error,
            int generation,
            Optional<String> protocolType,
            Optional<String> protocolName,
            String leader,
            String memberId,
            List<JoinedMember> members,
            boolean skip)
            implements GroupReply {}

    /** A member as its leader sees it. */
    record JoinedMember(String memberId, Optional<String> instanceId, Bytes metadata) {}

    record Synced(
            ErrorCode error,
            Optional<String> protocolType,
            Optional<String> protocolName,
            Bytes assignment)
            implements GroupReply {}

    /** In the order of the question. */
    record Left(List<ErrorCode> errors) implements GroupReply {}

    /** In the order of the question; the answer to Commit and DeleteOffsets. */
    record PerPartition(ErrorCode error, List<ErrorCode> errors) implements GroupReply {}

    /**
     * What is stored; what is not stored is not in it.
     *
     * @param unstable what a transaction may still change, if that was asked
     */
    record Fetched(
            ErrorCode error, Map<TopicPartition, Committed> offsets, Set<TopicPartition> unstable)
            implements GroupReply {}

    /**
     * The answer to Guard.
     *
     * @param open its transaction is known here: nobody need be asked
     * @param guard to be shown with the offsets
     */
    record Guarded(ErrorCode error, boolean open, long guard) implements GroupReply {}

    /**
     * The answer to a {@link GroupCommand.Beat} or {@link GroupCommand.ShareBeat}.
     *
     * @param why in words, if there is an error
     * @param assignment what the member may read, if it is told
     */
    record Beaten(
            ErrorCode error,
            String why,
            String memberId,
            int epoch,
            int heartbeatMs,
            Optional<PartitionSet> assignment)
            implements GroupReply {}

    /**
     * A stored offset.
     *
     * @param topicId of the topic that had the name then; zero if it was not known
     */
    record Committed(long offset, int leaderEpoch, String metadata, long timeMs, Uuid topicId) {}

    record Listed(List<ListedGroup> groups) implements GroupReply {}

    /** A group in a list; with how many members. */
    record ListedGroup(
            String group, String protocolType, GroupState state, GroupType type, int members) {}

    /** A group as tools see it; DEAD when there is none. */
    record Described(
            String group,
            GroupState state,
            String protocolType,
            String protocolName,
            List<DescribedMember> members)
            implements GroupReply {}

    record DescribedMember(
            String memberId,
            Optional<String> instanceId,
            String clientId,
            String clientHost,
            Bytes metadata,
            Bytes assignment) {}

    /** A group whose partitions the broker assigns; DEAD when there is none of that name. */
    record ConsumersDescribed(
            String group,
            GroupState state,
            int epoch,
            int targetEpoch,
            String assignor,
            List<ConsumerMember> members)
            implements GroupReply {}

    /**
     * The answer to a {@link GroupCommand.StreamsBeat}.
     *
     * @param why in words, if there is an error
     * @param statuses what stands in the way of the application
     * @param assignment what the member is to do, if it is told
     * @param endpointEpoch of what there is to know of who answers for what
     * @param answering who answers for what, if the member does not know it
     * @param toMake topics that the application needs and that are not there
     */
    record StreamsBeaten(
            ErrorCode error,
            String why,
            String memberId,
            int epoch,
            int heartbeatMs,
            List<StreamsStatus> statuses,
            Optional<Tasks> assignment,
            int endpointEpoch,
            Optional<List<Answering>> answering,
            List<InternalTopic> toMake)
            implements GroupReply {}

    /** What a process answers for, by topic. */
    record Answering(
            StreamsMember.Endpoint endpoint,
            SortedMap<String, List<Integer>> active,
            SortedMap<String, List<Integer>> standby) {}

    /** A group whose tasks the broker assigns; DEAD when there is none of that name. */
    record StreamsDescribed(
            String group,
            GroupState state,
            int epoch,
            int targetEpoch,
            Optional<Topology> topology,
            Optional<TopologyPlan> plan,
            List<StreamsMember> members)
            implements GroupReply {}

    /** A group whose members share partitions; DEAD when there is none of that name. */
    record SharesDescribed(String group, GroupState state, int epoch, List<ShareMember> members)
            implements GroupReply {}
}
