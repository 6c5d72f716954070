package io.sluice.kafka.group;

import io.sluice.core.controller.ControllerCommand;
import io.sluice.core.controller.ControllerReply.Outcome;
import io.sluice.core.group.GroupCommand;
import io.sluice.core.group.GroupReply;
import io.sluice.core.group.StreamsMember;
import io.sluice.core.group.StreamsStatus;
import io.sluice.core.group.streams.Tasks;
import io.sluice.core.group.streams.Topology.InternalTopic;
import io.sluice.core.model.ErrorCode;
import io.sluice.kafka.api.KafkaServices;
import io.sluice.kafka.codec.Api;
import io.sluice.kafka.connection.ApiHandler;
import io.sluice.kafka.connection.KafkaRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.kafka.common.message.StreamsGroupHeartbeatRequestData;
import org.apache.kafka.common.message.StreamsGroupHeartbeatResponseData;
import org.apache.kafka.common.message.StreamsGroupHeartbeatResponseData.EndpointToPartitions;
import org.apache.kafka.common.message.StreamsGroupHeartbeatResponseData.Status;

/**
 * StreamsGroupHeartbeat, versions 0 and 1 (KIP-1071). Topics that the application needs for itself
 * are made before the answer leaves; the tasks come with a later heartbeat. Tasks move without
 * warming up first, so what members tell of how far they have restored is not used.
 */
public final class StreamsGroupHeartbeatHandler implements ApiHandler {

    private static final short FIRST_WITHOUT_LEGACY_LAG = 1;
    private static final int NO_REPLICATION_FACTOR = -1;

    /** What clients are told where it has no effect: Kafka's defaults. */
    private static final int TASK_OFFSET_INTERVAL_MS = 60_000;

    private static final int RECOVERY_LAG = 10_000;

    private final KafkaServices services;

    public StreamsGroupHeartbeatHandler(KafkaServices services) {
        this.services = services;
    }

    @Override
    public Api api() {
        return Api.STREAMS_GROUP_HEARTBEAT;
    }

    @Override
    public void handle(KafkaRequest request) {
        StreamsGroupHeartbeatRequestData data =
                request.message(StreamsGroupHeartbeatRequestData.class);
        Optional<String> fault = StreamsRequests.fault(data);
        if (fault.isPresent()) {
            request.reply(
                    new StreamsGroupHeartbeatResponseData()
                            .setErrorCode(ErrorCode.STREAMS_INVALID_TOPOLOGY.code())
                            .setErrorMessage(fault.get()));
            return;
        }
        services.groups()
                .ask(
                        request,
                        data.groupId(),
                        beat(request, data),
                        GroupReply.StreamsBeaten.class,
                        beaten -> makeTopics(request, beaten),
                        error ->
                                request.reply(
                                        new StreamsGroupHeartbeatResponseData()
                                                .setErrorCode(error.code())));
    }

    private static GroupCommand.StreamsBeat beat(
            KafkaRequest request, StreamsGroupHeartbeatRequestData data) {
        Optional<Tasks> owned = StreamsRequests.owned(data);
        return new GroupCommand.StreamsBeat(
                data.groupId(),
                data.memberId(),
                data.memberEpoch(),
                data.endpointInformationEpoch(),
                Optional.ofNullable(data.instanceId()),
                Optional.ofNullable(data.rackId()),
                request.clientId(),
                "/" + request.clientAddress(),
                data.rebalanceTimeoutMs(),
                Optional.ofNullable(data.topology()).map(StreamsRequests::topology),
                owned,
                Optional.ofNullable(data.processId()),
                Optional.ofNullable(data.userEndpoint())
                        .map(one -> new StreamsMember.Endpoint(one.host(), one.port())),
                Optional.ofNullable(data.clientTags()).map(StreamsRequests::pairs),
                data.rebalanceTimeoutMs() >= 0 && owned.isPresent(),
                data.shutdownApplication());
    }

    private void makeTopics(KafkaRequest request, GroupReply.StreamsBeaten beaten) {
        if (beaten.toMake().isEmpty()) {
            request.reply(answer(request.version(), beaten, ""));
            return;
        }
        List<ControllerCommand.NewTopic> topics = new ArrayList<>();
        for (InternalTopic topic : beaten.toMake()) {
            topics.add(
                    new ControllerCommand.NewTopic(
                            topic.name(),
                            services.identities().get(),
                            topic.partitions(),
                            topic.replicationFactor() == 0
                                    ? NO_REPLICATION_FACTOR
                                    : topic.replicationFactor(),
                            Map.of(),
                            topic.configs()));
        }
        services.metadata()
                .submit(
                        new ControllerCommand.CreateTopics(topics, false),
                        request.loop(),
                        reply ->
                                request.guarded(() ->
                                        request.reply(
                                                answer(
                                                        request.version(),
                                                        beaten,
                                                        failures(
                                                                beaten.toMake(),
                                                                reply.outcomes())))));
    }

    /** What could not be made and why, or nothing. */
    private static String failures(List<InternalTopic> topics, List<Outcome> outcomes) {
        SortedMap<String, String> failed = new TreeMap<>();
        for (int i = 0; i < topics.size(); i++) {
            Outcome outcome = outcomes.get(i);
            if (outcome.error() != ErrorCode.NONE
                    && outcome.error() != ErrorCode.TOPIC_ALREADY_EXISTS) {
                failed.put(topics.get(i).name(), outcome.error() + " " + outcome.detail());
            }
        }
        return failed.isEmpty() ? "" : "; could not be made: " + failed;
    }

    private static StreamsGroupHeartbeatResponseData answer(
            short version, GroupReply.StreamsBeaten beaten, String failures) {
        StreamsGroupHeartbeatResponseData answer =
                new StreamsGroupHeartbeatResponseData()
                        .setErrorCode(beaten.error().code())
                        .setErrorMessage(beaten.why().isEmpty() ? null : beaten.why())
                        .setMemberId(beaten.memberId())
                        .setMemberEpoch(beaten.epoch())
                        .setHeartbeatIntervalMs(beaten.heartbeatMs())
                        .setTaskOffsetIntervalMs(TASK_OFFSET_INTERVAL_MS)
                        .setEndpointInformationEpoch(beaten.endpointEpoch())
                        .setStatus(statuses(beaten, failures));
        if (version < FIRST_WITHOUT_LEGACY_LAG) {
            answer.setAcceptableRecoveryLagLegacy(RECOVERY_LAG);
        }
        beaten.assignment()
                .ifPresent(tasks ->
                        answer.setActiveTasks(StreamsRequests.taskIds(tasks.active()))
                                .setStandbyTasks(StreamsRequests.taskIds(tasks.standby()))
                                .setWarmupTasks(StreamsRequests.taskIds(tasks.warmup())));
        beaten.answering()
                .ifPresent(all ->
                        answer.setPartitionsByUserEndpoint(
                                all.stream()
                                        .map(StreamsGroupHeartbeatHandler::answering)
                                        .toList()));
        return answer;
    }

    private static List<Status> statuses(GroupReply.StreamsBeaten beaten, String failures) {
        List<Status> all = new ArrayList<>();
        for (StreamsStatus status : beaten.statuses()) {
            boolean failed = status.code() == StreamsStatus.Code.MISSING_INTERNAL_TOPICS;
            all.add(
                    new Status()
                            .setStatusCode((byte) status.code().ordinal())
                            .setStatusDetail(status.detail() + (failed ? failures : "")));
        }
        return all;
    }

    private static EndpointToPartitions answering(GroupReply.Answering one) {
        return new EndpointToPartitions()
                .setUserEndpoint(
                        new StreamsGroupHeartbeatResponseData.Endpoint()
                                .setHost(one.endpoint().host())
                                .setPort(one.endpoint().port()))
                .setActivePartitions(partitions(one.active()))
                .setStandbyPartitions(partitions(one.standby()));
    }

    private static List<StreamsGroupHeartbeatResponseData.TopicPartition> partitions(
            SortedMap<String, List<Integer>> byTopic) {
        List<StreamsGroupHeartbeatResponseData.TopicPartition> all = new ArrayList<>();
        byTopic.forEach((topic, partitions) ->
                all.add(
                        new StreamsGroupHeartbeatResponseData.TopicPartition()
                                .setTopic(topic)
                                .setPartitions(partitions)));
        return all;
    }
}
