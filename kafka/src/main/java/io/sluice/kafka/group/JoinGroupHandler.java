package io.sluice.kafka.group;

import io.sluice.core.group.Bytes;
import io.sluice.core.group.GroupCommand;
import io.sluice.core.group.GroupReply;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.Uuid;
import io.sluice.kafka.api.KafkaServices;
import io.sluice.kafka.codec.Api;
import io.sluice.kafka.connection.ApiHandler;
import io.sluice.kafka.connection.KafkaRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.common.message.JoinGroupRequestData;
import org.apache.kafka.common.message.JoinGroupResponseData;
import org.apache.kafka.common.message.JoinGroupResponseData.JoinGroupResponseMember;

/** JoinGroup, versions 0 to 9. It is answered when the others have joined too. */
public final class JoinGroupHandler implements ApiHandler {

    private static final short FIRST_WITH_ID_FIRST = 4;
    private static final short FIRST_WITH_NULLABLE_NAME = 7;
    private static final short FIRST_WITH_SKIP = 9;

    private final KafkaServices services;

    public JoinGroupHandler(KafkaServices services) {
        this.services = services;
    }

    @Override
    public Api api() {
        return Api.JOIN_GROUP;
    }

    @Override
    public void handle(KafkaRequest request) {
        JoinGroupRequestData data = request.message(JoinGroupRequestData.class);
        List<GroupCommand.Protocol> protocols = new ArrayList<>();
        data.protocols()
                .forEach(one ->
                        protocols.add(
                                new GroupCommand.Protocol(one.name(), new Bytes(one.metadata()))));
        Uuid identity = services.identities().get();
        String prefix =
                Optional.ofNullable(data.groupInstanceId())
                        .orElse(request.clientId().isEmpty() ? "member" : request.clientId());
        // Version 0 has one timeout for both.
        int rebalanceMs =
                data.rebalanceTimeoutMs() < 0 ? data.sessionTimeoutMs() : data.rebalanceTimeoutMs();
        GroupCommand.Join join =
                new GroupCommand.Join(
                        data.groupId(),
                        data.memberId(),
                        Optional.ofNullable(data.groupInstanceId()),
                        prefix + "-" + identity,
                        request.clientId(),
                        "/" + request.clientAddress(),
                        data.sessionTimeoutMs(),
                        rebalanceMs,
                        data.protocolType(),
                        protocols,
                        request.version() >= FIRST_WITH_ID_FIRST,
                        request.version() >= FIRST_WITH_SKIP);
        services.groups()
                .ask(
                        request,
                        data.groupId(),
                        join,
                        GroupReply.Joined.class,
                        joined -> request.reply(answer(request.version(), joined)),
                        error -> request.reply(refusal(request.version(), error, data)));
        request.onHurry(
                () -> request.reply(refusal(request.version(), ErrorCode.NOT_COORDINATOR, data)));
    }

    private static JoinGroupResponseData refusal(
            short version, ErrorCode error, JoinGroupRequestData data) {
        return new JoinGroupResponseData()
                .setErrorCode(error.code())
                .setProtocolName(version >= FIRST_WITH_NULLABLE_NAME ? null : "")
                .setMemberId(data.memberId());
    }

    private static JoinGroupResponseData answer(short version, GroupReply.Joined joined) {
        JoinGroupResponseData answer =
                new JoinGroupResponseData()
                        .setErrorCode(joined.error().code())
                        .setGenerationId(joined.generation())
                        .setProtocolName(
                                joined.protocolName()
                                        .orElse(version >= FIRST_WITH_NULLABLE_NAME ? null : ""))
                        .setLeader(joined.leader())
                        .setMemberId(joined.memberId())
                        .setSkipAssignment(joined.skip());
        if (version >= FIRST_WITH_NULLABLE_NAME) {
            answer.setProtocolType(joined.protocolType().orElse(null));
        }
        for (GroupReply.JoinedMember member : joined.members()) {
            answer.members()
                    .add(
                            new JoinGroupResponseMember()
                                    .setMemberId(member.memberId())
                                    .setGroupInstanceId(member.instanceId().orElse(null))
                                    .setMetadata(member.metadata().array()));
        }
        return answer;
    }
}
