package io.sluice.kafka.group;

import io.sluice.core.group.GroupCommand;
import io.sluice.core.group.GroupReply;
import io.sluice.core.group.assignor.PartitionSet;
import io.sluice.core.model.Uuid;
import io.sluice.kafka.api.KafkaServices;
import io.sluice.kafka.codec.Api;
import io.sluice.kafka.codec.Ids;
import io.sluice.kafka.connection.ApiHandler;
import io.sluice.kafka.connection.KafkaRequest;
import java.util.Optional;
import org.apache.kafka.common.message.ShareGroupHeartbeatRequestData;
import org.apache.kafka.common.message.ShareGroupHeartbeatResponseData;

/** ShareGroupHeartbeat, version 1 (KIP-932). */
public final class ShareGroupHeartbeatHandler implements ApiHandler {

    private final KafkaServices services;

    public ShareGroupHeartbeatHandler(KafkaServices services) {
        this.services = services;
    }

    @Override
    public Api api() {
        return Api.SHARE_GROUP_HEARTBEAT;
    }

    @Override
    public void handle(KafkaRequest request) {
        ShareGroupHeartbeatRequestData data = request.message(ShareGroupHeartbeatRequestData.class);
        GroupCommand.ShareBeat beat =
                new GroupCommand.ShareBeat(
                        data.groupId(),
                        data.memberId(),
                        data.memberEpoch(),
                        Optional.ofNullable(data.rackId()),
                        request.clientId(),
                        "/" + request.clientAddress(),
                        Optional.ofNullable(data.subscribedTopicNames()));
        services.groups()
                .ask(
                        request,
                        data.groupId(),
                        beat,
                        GroupReply.Beaten.class,
                        beaten -> request.reply(answer(beaten)),
                        error ->
                                request.reply(
                                        new ShareGroupHeartbeatResponseData()
                                                .setErrorCode(error.code())));
    }

    private static ShareGroupHeartbeatResponseData answer(GroupReply.Beaten beaten) {
        ShareGroupHeartbeatResponseData answer =
                new ShareGroupHeartbeatResponseData()
                        .setErrorCode(beaten.error().code())
                        .setErrorMessage(beaten.why().isEmpty() ? null : beaten.why())
                        .setMemberId(beaten.memberId())
                        .setMemberEpoch(beaten.epoch())
                        .setHeartbeatIntervalMs(beaten.heartbeatMs());
        beaten.assignment().ifPresent(assigned -> answer.setAssignment(assignment(assigned)));
        return answer;
    }

    private static ShareGroupHeartbeatResponseData.Assignment assignment(PartitionSet set) {
        ShareGroupHeartbeatResponseData.Assignment all =
                new ShareGroupHeartbeatResponseData.Assignment();
        for (Uuid topic : set.topics()) {
            all.topicPartitions()
                    .add(
                            new ShareGroupHeartbeatResponseData.TopicPartitions()
                                    .setTopicId(Ids.toKafka(topic))
                                    .setPartitions(set.partitions(topic)));
        }
        return all;
    }
}
