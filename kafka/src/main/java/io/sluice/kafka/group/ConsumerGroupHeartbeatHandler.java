package io.sluice.kafka.group;

import io.sluice.core.controller.ClusterImage;
import io.sluice.core.controller.TopicImage;
import io.sluice.core.group.GroupCommand;
import io.sluice.core.group.GroupReply;
import io.sluice.core.group.assignor.PartitionSet;
import io.sluice.core.model.Uuid;
import io.sluice.kafka.api.KafkaServices;
import io.sluice.kafka.codec.Api;
import io.sluice.kafka.codec.Ids;
import io.sluice.kafka.connection.ApiHandler;
import io.sluice.kafka.connection.KafkaRequest;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatResponseData;
import org.jspecify.annotations.Nullable;

/** ConsumerGroupHeartbeat, versions 0 and 1 (KIP-848). Version 0 may leave the member id to us. */
public final class ConsumerGroupHeartbeatHandler implements ApiHandler {

    private static final short FIRST_WITH_OWN_ID = 1;

    private final KafkaServices services;

    public ConsumerGroupHeartbeatHandler(KafkaServices services) {
        this.services = services;
    }

    @Override
    public Api api() {
        return Api.CONSUMER_GROUP_HEARTBEAT;
    }

    @Override
    public void handle(KafkaRequest request) {
        ConsumerGroupHeartbeatRequestData data =
                request.message(ConsumerGroupHeartbeatRequestData.class);
        boolean needsId =
                request.version() < FIRST_WITH_OWN_ID
                        && data.memberEpoch() == 0
                        && data.memberId().isEmpty();
        List<String> names = data.subscribedTopicNames();
        GroupCommand.Beat beat =
                new GroupCommand.Beat(
                        data.groupId(),
                        needsId ? services.identities().get().toString() : data.memberId(),
                        data.memberEpoch(),
                        Optional.ofNullable(data.instanceId()),
                        Optional.ofNullable(data.rackId()),
                        request.clientId(),
                        "/" + request.clientAddress(),
                        data.rebalanceTimeoutMs(),
                        Optional.ofNullable(names),
                        Optional.ofNullable(data.subscribedTopicRegex()),
                        Optional.ofNullable(data.serverAssignor()),
                        owned(data.topicPartitions()),
                        data.rebalanceTimeoutMs() >= 0
                                && data.topicPartitions() != null
                                && (names != null || data.subscribedTopicRegex() != null));
        services.groups()
                .ask(
                        request,
                        data.groupId(),
                        beat,
                        GroupReply.Beaten.class,
                        beaten -> request.reply(answer(beaten)),
                        error ->
                                request.reply(
                                        new ConsumerGroupHeartbeatResponseData()
                                                .setErrorCode(error.code())));
    }

    /** Those that there are: what is gone cannot be held. */
    private Optional<PartitionSet> owned(
            @Nullable List<ConsumerGroupHeartbeatRequestData.TopicPartitions> named) {
        if (named == null) {
            return Optional.empty();
        }
        ClusterImage image = services.metadata().image();
        PartitionSet.Builder owned = new PartitionSet.Builder();
        for (ConsumerGroupHeartbeatRequestData.TopicPartitions topic : named) {
            Uuid id = Ids.fromKafka(topic.topicId());
            TopicImage known = image.topicsById().get(id);
            for (int partition : topic.partitions()) {
                if (known != null && partition >= 0 && partition < known.partitions().size()) {
                    owned.add(id, partition);
                }
            }
        }
        return Optional.of(owned.build());
    }

    private static ConsumerGroupHeartbeatResponseData answer(GroupReply.Beaten beaten) {
        ConsumerGroupHeartbeatResponseData answer =
                new ConsumerGroupHeartbeatResponseData()
                        .setErrorCode(beaten.error().code())
                        .setErrorMessage(beaten.why().isEmpty() ? null : beaten.why())
                        .setMemberId(beaten.memberId())
                        .setMemberEpoch(beaten.epoch())
                        .setHeartbeatIntervalMs(beaten.heartbeatMs());
        beaten.assignment().ifPresent(assigned -> answer.setAssignment(assignment(assigned)));
        return answer;
    }

    private static ConsumerGroupHeartbeatResponseData.Assignment assignment(PartitionSet set) {
        ConsumerGroupHeartbeatResponseData.Assignment all =
                new ConsumerGroupHeartbeatResponseData.Assignment();
        for (Uuid topic : set.topics()) {
            all.topicPartitions()
                    .add(
                            new ConsumerGroupHeartbeatResponseData.TopicPartitions()
                                    .setTopicId(Ids.toKafka(topic))
                                    .setPartitions(set.partitions(topic)));
        }
        return all;
    }
}
