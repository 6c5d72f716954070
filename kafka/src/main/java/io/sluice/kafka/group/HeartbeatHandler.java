package io.sluice.kafka.group;

import io.sluice.core.group.GroupCommand;
import io.sluice.core.group.GroupReply;
import io.sluice.kafka.api.KafkaServices;
import io.sluice.kafka.codec.Api;
import io.sluice.kafka.connection.ApiHandler;
import io.sluice.kafka.connection.KafkaRequest;
import java.util.Optional;
import org.apache.kafka.common.message.HeartbeatRequestData;
import org.apache.kafka.common.message.HeartbeatResponseData;

/** Heartbeat, versions 0 to 4. */
public final class HeartbeatHandler implements ApiHandler {

    private final KafkaServices services;

    public HeartbeatHandler(KafkaServices services) {
        this.services = services;
    }

    @Override
    public Api api() {
        return Api.HEARTBEAT;
    }

    @Override
    public void handle(KafkaRequest request) {
        HeartbeatRequestData data = request.message(HeartbeatRequestData.class);
        GroupCommand.Heartbeat heartbeat =
                new GroupCommand.Heartbeat(
                        data.groupId(),
                        new GroupCommand.Caller(
                                data.generationId(),
                                data.memberId(),
                                Optional.ofNullable(data.groupInstanceId())));
        services.groups()
                .ask(
                        request,
                        data.groupId(),
                        heartbeat,
                        GroupReply.Done.class,
                        done ->
                                request.reply(
                                        new HeartbeatResponseData()
                                                .setErrorCode(done.error().code())),
                        error ->
                                request.reply(
                                        new HeartbeatResponseData().setErrorCode(error.code())));
    }
}
