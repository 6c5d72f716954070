package io.sluice.kafka.group;

import io.sluice.core.group.Bytes;
import io.sluice.core.group.GroupCommand;
import io.sluice.core.group.GroupReply;
import io.sluice.core.model.ErrorCode;
import io.sluice.kafka.api.KafkaServices;
import io.sluice.kafka.codec.Api;
import io.sluice.kafka.connection.ApiHandler;
import io.sluice.kafka.connection.KafkaRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.common.message.SyncGroupRequestData;
import org.apache.kafka.common.message.SyncGroupResponseData;

/** SyncGroup, versions 0 to 5. It is answered when the leader has assigned. */
public final class SyncGroupHandler implements ApiHandler {

    private static final short FIRST_WITH_PROTOCOL = 5;

    private final KafkaServices services;

    public SyncGroupHandler(KafkaServices services) {
        this.services = services;
    }

    @Override
    public Api api() {
        return Api.SYNC_GROUP;
    }

    @Override
    public void handle(KafkaRequest request) {
        SyncGroupRequestData data = request.message(SyncGroupRequestData.class);
        List<GroupCommand.Assignment> assignments = new ArrayList<>();
        data.assignments()
                .forEach(one ->
                        assignments.add(
                                new GroupCommand.Assignment(
                                        one.memberId(), new Bytes(one.assignment()))));
        boolean named = request.version() >= FIRST_WITH_PROTOCOL;
        GroupCommand.Sync sync =
                new GroupCommand.Sync(
                        data.groupId(),
                        new GroupCommand.Caller(
                                data.generationId(),
                                data.memberId(),
                                Optional.ofNullable(data.groupInstanceId())),
                        named ? Optional.ofNullable(data.protocolType()) : Optional.empty(),
                        named ? Optional.ofNullable(data.protocolName()) : Optional.empty(),
                        assignments);
        if (named && (data.protocolType() == null || data.protocolName() == null)) {
            request.reply(refusal(ErrorCode.INCONSISTENT_GROUP_PROTOCOL));
            return;
        }
        services.groups()
                .ask(
                        request,
                        data.groupId(),
                        sync,
                        GroupReply.Synced.class,
                        synced -> request.reply(answer(request.version(), synced)),
                        error -> request.reply(refusal(error)));
        request.onHurry(() -> request.reply(refusal(ErrorCode.NOT_COORDINATOR)));
    }

    private static SyncGroupResponseData refusal(ErrorCode error) {
        return new SyncGroupResponseData()
                .setErrorCode(error.code())
                .setAssignment(Bytes.NONE.array());
    }

    private static SyncGroupResponseData answer(short version, GroupReply.Synced synced) {
        SyncGroupResponseData answer =
                new SyncGroupResponseData()
                        .setErrorCode(synced.error().code())
                        .setAssignment(synced.assignment().array());
        if (version >= FIRST_WITH_PROTOCOL) {
            answer.setProtocolType(synced.protocolType().orElse(null))
                    .setProtocolName(synced.protocolName().orElse(null));
        }
        return answer;
    }
}
