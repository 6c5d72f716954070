package io.sluice.kafka.group;

import io.sluice.core.controller.ClusterImage;
import io.sluice.core.controller.TopicImage;
import io.sluice.core.group.GroupCommand;
import io.sluice.core.group.GroupReply;
import io.sluice.core.group.GroupState;
import io.sluice.core.group.ShareMember;
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
import org.apache.kafka.common.message.ShareGroupDescribeRequestData;
import org.apache.kafka.common.message.ShareGroupDescribeResponseData;
import org.apache.kafka.common.message.ShareGroupDescribeResponseData.Assignment;
import org.apache.kafka.common.message.ShareGroupDescribeResponseData.DescribedGroup;
import org.apache.kafka.common.message.ShareGroupDescribeResponseData.Member;
import org.apache.kafka.common.message.ShareGroupDescribeResponseData.TopicPartitions;

/** ShareGroupDescribe, version 1 (KIP-932). */
public final class ShareGroupDescribeHandler implements ApiHandler {

    /** The only one there is: everybody reads what few others read. */
    private static final String ASSIGNOR = "simple";

    private final KafkaServices services;

    public ShareGroupDescribeHandler(KafkaServices services) {
        this.services = services;
    }

    @Override
    public Api api() {
        return Api.SHARE_GROUP_DESCRIBE;
    }

    @Override
    public void handle(KafkaRequest request) {
        ShareGroupDescribeRequestData data = request.message(ShareGroupDescribeRequestData.class);
        ShareGroupDescribeResponseData response = new ShareGroupDescribeResponseData();
        Gathering gathering = new Gathering(services.groups(), request);
        for (String name : new LinkedHashSet<>(data.groupIds())) {
            DescribedGroup answer = new DescribedGroup().setGroupId(name);
            response.groups().add(answer);
            gathering.ask(
                    name,
                    new GroupCommand.DescribeShares(name),
                    GroupReply.SharesDescribed.class,
                    described -> {
                        if (data.includeAuthorizedOperations()) {
                            answer.setAuthorizedOperations(AllowedOperations.GROUP);
                        }
                        fill(described, answer);
                    },
                    error -> answer.setErrorCode(error.code()));
        }
        gathering.go(() -> request.reply(response));
    }

    private void fill(GroupReply.SharesDescribed described, DescribedGroup answer) {
        if (described.state() == GroupState.DEAD) {
            answer.setErrorCode(ErrorCode.GROUP_ID_NOT_FOUND.code())
                    .setErrorMessage("%s is no share group".formatted(described.group()));
            return;
        }
        answer.setGroupState(described.state().shown())
                .setGroupEpoch(described.epoch())
                .setAssignmentEpoch(described.epoch())
                .setAssignorName(ASSIGNOR);
        for (ShareMember member : described.members()) {
            answer.members()
                    .add(
                            new Member()
                                    .setMemberId(member.id())
                                    .setRackId(member.rack().orElse(null))
                                    .setMemberEpoch(member.standing().epoch())
                                    .setClientId(member.clientId())
                                    .setClientHost(member.clientHost())
                                    .setSubscribedTopicNames(member.topics())
                                    .setAssignment(assignment(member.standing().assigned())));
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
