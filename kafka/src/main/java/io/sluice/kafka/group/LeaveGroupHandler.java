package io.sluice.kafka.group;

import io.sluice.core.group.GroupCommand;
import io.sluice.core.group.GroupCommand.Leaver;
import io.sluice.core.group.GroupReply;
import io.sluice.core.model.ErrorCode;
import io.sluice.kafka.api.KafkaServices;
import io.sluice.kafka.codec.Api;
import io.sluice.kafka.connection.ApiHandler;
import io.sluice.kafka.connection.KafkaRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.common.message.LeaveGroupRequestData;
import org.apache.kafka.common.message.LeaveGroupResponseData;
import org.apache.kafka.common.message.LeaveGroupResponseData.MemberResponse;

/** LeaveGroup, versions 0 to 5: one member, or many from version 3 (KIP-345). */
public final class LeaveGroupHandler implements ApiHandler {

    private static final short FIRST_WITH_MANY = 3;

    private final KafkaServices services;

    public LeaveGroupHandler(KafkaServices services) {
        this.services = services;
    }

    @Override
    public Api api() {
        return Api.LEAVE_GROUP;
    }

    @Override
    public void handle(KafkaRequest request) {
        LeaveGroupRequestData data = request.message(LeaveGroupRequestData.class);
        List<Leaver> leavers = new ArrayList<>();
        if (request.version() >= FIRST_WITH_MANY) {
            data.members()
                    .forEach(one ->
                            leavers.add(
                                    new Leaver(
                                            one.memberId(),
                                            Optional.ofNullable(one.groupInstanceId()))));
        } else {
            leavers.add(new Leaver(data.memberId(), Optional.empty()));
        }
        services.groups()
                .ask(
                        request,
                        data.groupId(),
                        new GroupCommand.Leave(data.groupId(), leavers),
                        GroupReply.Left.class,
                        left -> request.reply(answer(request.version(), leavers, left.errors())),
                        error ->
                                request.reply(
                                        new LeaveGroupResponseData().setErrorCode(error.code())));
    }

    private static LeaveGroupResponseData answer(
            short version, List<Leaver> leavers, List<ErrorCode> errors) {
        LeaveGroupResponseData answer = new LeaveGroupResponseData();
        if (version < FIRST_WITH_MANY) {
            return answer.setErrorCode(errors.getFirst().code());
        }
        for (int i = 0; i < leavers.size(); i++) {
            answer.members()
                    .add(
                            new MemberResponse()
                                    .setMemberId(leavers.get(i).memberId())
                                    .setGroupInstanceId(leavers.get(i).instanceId().orElse(null))
                                    .setErrorCode(errors.get(i).code()));
        }
        return answer;
    }
}
