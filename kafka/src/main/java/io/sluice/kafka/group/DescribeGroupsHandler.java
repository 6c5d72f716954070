package io.sluice.kafka.group;

import io.sluice.core.group.GroupCommand;
import io.sluice.core.group.GroupReply;
import io.sluice.core.group.GroupState;
import io.sluice.core.model.ErrorCode;
import io.sluice.kafka.api.AllowedOperations;
import io.sluice.kafka.api.KafkaServices;
import io.sluice.kafka.codec.Api;
import io.sluice.kafka.connection.ApiHandler;
import io.sluice.kafka.connection.KafkaRequest;
import java.util.LinkedHashSet;
import org.apache.kafka.common.message.DescribeGroupsRequestData;
import org.apache.kafka.common.message.DescribeGroupsResponseData;
import org.apache.kafka.common.message.DescribeGroupsResponseData.DescribedGroup;
import org.apache.kafka.common.message.DescribeGroupsResponseData.DescribedGroupMember;

/** DescribeGroups, versions 0 to 6; a group that is not there is an error from version 6. */
public final class DescribeGroupsHandler implements ApiHandler {

    private static final short FIRST_WITH_NOT_FOUND = 6;

    private final KafkaServices services;

    public DescribeGroupsHandler(KafkaServices services) {
        this.services = services;
    }

    @Override
    public Api api() {
        return Api.DESCRIBE_GROUPS;
    }

    @Override
    public void handle(KafkaRequest request) {
        DescribeGroupsRequestData data = request.message(DescribeGroupsRequestData.class);
        DescribeGroupsResponseData response = new DescribeGroupsResponseData();
        Gathering gathering = new Gathering(services.groups(), request);
        for (String name : new LinkedHashSet<>(data.groups())) {
            DescribedGroup answer = new DescribedGroup().setGroupId(name);
            response.groups().add(answer);
            gathering.ask(
                    name,
                    new GroupCommand.Describe(name),
                    GroupReply.Described.class,
                    described -> fill(request.version(), data, described, answer),
                    error -> answer.setErrorCode(error.code()));
        }
        gathering.go(() -> request.reply(response));
    }

    private static void fill(
            short version,
            DescribeGroupsRequestData data,
            GroupReply.Described described,
            DescribedGroup answer) {
        answer.setGroupState(described.state().shown())
                .setProtocolType(described.protocolType())
                .setProtocolData(described.protocolName());
        if (data.includeAuthorizedOperations()) {
            answer.setAuthorizedOperations(AllowedOperations.GROUP);
        }
        if (described.state() == GroupState.DEAD && version >= FIRST_WITH_NOT_FOUND) {
            answer.setErrorCode(ErrorCode.GROUP_ID_NOT_FOUND.code())
                    .setErrorMessage("there is no group " + described.group());
        }
        for (GroupReply.DescribedMember member : described.members()) {
            answer.members()
                    .add(
                            new DescribedGroupMember()
                                    .setMemberId(member.memberId())
                                    .setGroupInstanceId(member.instanceId().orElse(null))
                                    .setClientId(member.clientId())
                                    .setClientHost(member.clientHost())
                                    .setMemberMetadata(member.metadata().array())
                                    .setMemberAssignment(member.assignment().array()));
        }
    }
}
