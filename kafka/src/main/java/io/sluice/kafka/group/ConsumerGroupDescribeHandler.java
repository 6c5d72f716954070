package io.sluice.kafka.group;

import io.sluice.core.controller.ClusterImage;
import io.sluice.core.controller.TopicImage;
import io.sluice.core.group.ConsumerMember;
import io.sluice.core.group.GroupCommand;
import io.sluice.core.group.GroupReply;
import io.sluice.core.group.GroupState;
import io.sluice.core.group.assignor.PartitionSet;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.Uuid;
import io.sluice.kafka.api.AllowedOperations;
import io.sluice.kafka.api.KafkaServices;
import io.sluice.kafka.codec.Api;
import io.sluice.kafka.codec.Ids;
import io.sluice.kafka.connection.ApiHandler;
import io.sluice.kafka.connection.KafkaRequest;
import java.util.LinkedHashSet;
import org.apache.kafka.common.message.ConsumerGroupDescribeRequestData;
import org.apache.kafka.common.message.ConsumerGroupDescribeResponseData;
import org.apache.kafka.common.message.ConsumerGroupDescribeResponseData.Assignment;
import org.apache.kafka.common.message.ConsumerGroupDescribeResponseData.DescribedGroup;
import org.apache.kafka.common.message.ConsumerGroupDescribeResponseData.Member;
import org.apache.kafka.common.message.ConsumerGroupDescribeResponseData.TopicPartitions;

/** ConsumerGroupDescribe, versions 0 and 1 (KIP-848, KIP-1099). */
public final class ConsumerGroupDescribeHandler implements ApiHandler {

    private static final short FIRST_WITH_TYPE = 1;
    private static final byte CLASSIC = 0;
    private static final byte CONSUMER = 1;

    private final KafkaServices services;

    public ConsumerGroupDescribeHandler(KafkaServices services) {
        this.services = services;
    }

    @Override
    public Api api() {
        return Api.CONSUMER_GROUP_DESCRIBE;
    }

    @Override
    public void handle(KafkaRequest request) {
        ConsumerGroupDescribeRequestData data =
                request.message(ConsumerGroupDescribeRequestData.class);
        ConsumerGroupDescribeResponseData response = new ConsumerGroupDescribeResponseData();
        Gathering gathering = new Gathering(services.groups(), request);
        for (String name : new LinkedHashSet<>(data.groupIds())) {
            DescribedGroup answer = new DescribedGroup().setGroupId(name);
            response.groups().add(answer);
            gathering.ask(
                    name,
                    new GroupCommand.DescribeConsumers(name),
                    GroupReply.ConsumersDescribed.class,
                    described -> {
                        if (data.includeAuthorizedOperations()) {
                            answer.setAuthorizedOperations(AllowedOperations.GROUP);
                        }
                        fill(request.version(), described, answer);
                    },
                    error -> answer.setErrorCode(error.code()));
        }
        gathering.go(() -> request.reply(response));
    }

    private void fill(
            short version, GroupReply.ConsumersDescribed described, DescribedGroup answer) {
        if (described.state() == GroupState.DEAD) {
            answer.setErrorCode(ErrorCode.GROUP_ID_NOT_FOUND.code())
                    .setErrorMessage(
                            "%s is no group with group.protocol=consumer"
                                    .formatted(described.group()));
            return;
        }
        answer.setGroupState(described.state().shown())
                .setGroupEpoch(described.epoch())
                .setAssignmentEpoch(described.targetEpoch())
                .setAssignorName(described.assignor());
        for (ConsumerMember member : described.members()) {
            ConsumerMember.Profile profile = member.profile();
            Member one =
                    new Member()
                            .setMemberId(member.id())
                            .setInstanceId(member.instanceId().orElse(null))
                            .setRackId(profile.rack().orElse(null))
                            .setMemberEpoch(member.standing().epoch())
                            .setClientId(profile.clientId())
                            .setClientHost(profile.clientHost())
                            .setSubscribedTopicNames(profile.topics())
                            .setSubscribedTopicRegex(
                                    profile.pattern().isEmpty() ? null : profile.pattern())
                            .setAssignment(assignment(member.standing().assigned()))
                            .setTargetAssignment(assignment(member.target()));
            if (version >= FIRST_WITH_TYPE) {
                one.setMemberType(profile.classic().isPresent() ? CLASSIC : CONSUMER);
            }
            answer.members().add(one);
        }
    }

    private Assignment assignment(PartitionSet set) {
        ClusterImage image = services.metadata().image();
        Assignment all = new Assignment();
        for (Uuid id : set.topics()) {
            TopicImage topic = image.topicsById().get(id);
            if (topic != null) {
                all.topicPartitions()
                        .add(
                                new TopicPartitions()
                                        .setTopicId(Ids.toKafka(id))
                                        .setTopicName(topic.name())
                                        .setPartitions(set.partitions(id)));
            }
        }
        return all;
    }
}
