package io.sluice.kafka.group;

import io.sluice.core.group.GroupCommand;
import io.sluice.core.group.GroupReply;
import io.sluice.core.group.GroupState;
import io.sluice.core.group.StreamsMember;
import io.sluice.core.group.streams.StickyTaskAssignor;
import io.sluice.core.group.streams.Task;
import io.sluice.core.group.streams.Tasks;
import io.sluice.core.group.streams.Topology;
import io.sluice.core.group.streams.Topology.InternalTopic;
import io.sluice.core.group.streams.TopologyPlan;
import io.sluice.core.model.ErrorCode;
import io.sluice.kafka.api.AllowedOperations;
import io.sluice.kafka.api.KafkaServices;
import io.sluice.kafka.codec.Api;
import io.sluice.kafka.connection.ApiHandler;
import io.sluice.kafka.connection.KafkaRequest;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import org.apache.kafka.common.message.StreamsGroupDescribeRequestData;
import org.apache.kafka.common.message.StreamsGroupDescribeResponseData;
import org.apache.kafka.common.message.StreamsGroupDescribeResponseData.Assignment;
import org.apache.kafka.common.message.StreamsGroupDescribeResponseData.DescribedGroup;
import org.apache.kafka.common.message.StreamsGroupDescribeResponseData.Endpoint;
import org.apache.kafka.common.message.StreamsGroupDescribeResponseData.KeyValue;
import org.apache.kafka.common.message.StreamsGroupDescribeResponseData.Member;
import org.apache.kafka.common.message.StreamsGroupDescribeResponseData.Subtopology;
import org.apache.kafka.common.message.StreamsGroupDescribeResponseData.TaskIds;
import org.apache.kafka.common.message.StreamsGroupDescribeResponseData.TopicInfo;

/**
 * StreamsGroupDescribe, versions 0 and 1 (KIP-1071). Descriptions of topologies (KIP-1331) are not
 * kept, as in Kafka without a plugin for them.
 */
public final class StreamsGroupDescribeHandler implements ApiHandler {

    private static final short FIRST_WITH_DESCRIPTION = 1;
    private static final byte NOT_STORED = 1;

    private final KafkaServices services;

    public StreamsGroupDescribeHandler(KafkaServices services) {
        this.services = services;
    }

    @Override
    public Api api() {
        return Api.STREAMS_GROUP_DESCRIBE;
    }

    @Override
    public void handle(KafkaRequest request) {
        StreamsGroupDescribeRequestData data =
                request.message(StreamsGroupDescribeRequestData.class);
        StreamsGroupDescribeResponseData response = new StreamsGroupDescribeResponseData();
        Gathering gathering = new Gathering(services.groups(), request);
        for (String name : new LinkedHashSet<>(data.groupIds())) {
            DescribedGroup answer = new DescribedGroup().setGroupId(name);
            response.groups().add(answer);
            gathering.ask(
                    name,
                    new GroupCommand.DescribeStreams(name),
                    GroupReply.StreamsDescribed.class,
                    described -> {
                        if (data.includeAuthorizedOperations()) {
                            answer.setAuthorizedOperations(AllowedOperations.GROUP);
                        }
                        fill(described, answer);
                        if (request.version() >= FIRST_WITH_DESCRIPTION
                                && described.state() != GroupState.DEAD) {
                            answer.setAssignorName(StickyTaskAssignor.NAME);
                            answer.setTopologyDescriptionStatus(
                                    data.includeTopologyDescription() ? NOT_STORED : 0);
                        }
                    },
                    error -> answer.setErrorCode(error.code()));
        }
        gathering.go(() -> request.reply(response));
    }

    private static void fill(GroupReply.StreamsDescribed described, DescribedGroup answer) {
        if (described.state() == GroupState.DEAD) {
            answer.setErrorCode(ErrorCode.GROUP_ID_NOT_FOUND.code())
                    .setErrorMessage(
                            "%s is no group with group.protocol=streams"
                                    .formatted(described.group()));
            return;
        }
        answer.setGroupState(described.state().shown())
                .setGroupEpoch(described.epoch())
                .setAssignmentEpoch(described.targetEpoch());
        SortedMap<String, Integer> partitions =
                described.plan().map(TopologyPlan::partitions).orElseGet(TreeMap::new);
        described
                .topology()
                .ifPresent(topology ->
                        answer.setTopology(
                                new StreamsGroupDescribeResponseData.Topology()
                                        .setEpoch(topology.epoch())
                                        .setSubtopologies(parts(topology, partitions))));
        described.members().forEach(member -> answer.members().add(member(member)));
    }

    /** Also of one without tasks: kafka-clients 4.4 fail at the null that stands for that. */
    private static List<Subtopology> parts(
            Topology topology, SortedMap<String, Integer> partitions) {
        return topology.subtopologies().stream()
                .map(one ->
                        new Subtopology()
                                .setSubtopologyId(one.id())
                                .setSourceTopics(one.sources())
                                .setRepartitionSinkTopics(one.sinks())
                                .setStateChangelogTopics(topics(one.changelogs(), partitions))
                                .setRepartitionSourceTopics(topics(one.repartitions(), partitions)))
                .toList();
    }

    private static List<TopicInfo> topics(
            List<InternalTopic> topics, SortedMap<String, Integer> partitions) {
        return topics.stream()
                .map(topic ->
                        new TopicInfo()
                                .setName(topic.name())
                                .setPartitions(
                                        partitions.getOrDefault(topic.name(), topic.partitions()))
                                .setReplicationFactor((short) topic.replicationFactor())
                                .setTopicConfigs(pairs(topic.configs())))
                .toList();
    }

    private static List<KeyValue> pairs(SortedMap<String, String> pairs) {
        List<KeyValue> all = new ArrayList<>();
        pairs.forEach((key, value) -> all.add(new KeyValue().setKey(key).setValue(value)));
        return all;
    }

    private static Member member(StreamsMember member) {
        StreamsMember.Profile profile = member.profile();
        return new Member()
                .setMemberId(member.id())
                .setMemberEpoch(member.standing().epoch())
                .setInstanceId(member.instanceId().orElse(null))
                .setRackId(profile.rack().orElse(null))
                .setClientId(profile.clientId())
                .setClientHost(profile.clientHost())
                .setTopologyEpoch(profile.topologyEpoch())
                .setProcessId(profile.processId())
                .setUserEndpoint(
                        profile.endpoint()
                                .map(one -> new Endpoint().setHost(one.host()).setPort(one.port()))
                                .orElse(null))
                .setClientTags(pairs(profile.tags()))
                .setAssignment(assignment(member.standing().assigned()))
                .setTargetAssignment(assignment(member.target()));
    }

    private static Assignment assignment(Tasks tasks) {
        return new Assignment()
                .setActiveTasks(taskIds(tasks.active()))
                .setStandbyTasks(taskIds(tasks.standby()))
                .setWarmupTasks(taskIds(tasks.warmup()));
    }

    private static List<TaskIds> taskIds(SortedSet<Task> tasks) {
        List<TaskIds> all = new ArrayList<>();
        StreamsRequests.bySubtopology(tasks)
                .forEach((subtopology, partitions) ->
                        all.add(
                                new TaskIds()
                                        .setSubtopologyId(subtopology)
                                        .setPartitions(partitions)));
        return all;
    }
}
