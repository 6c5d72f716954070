package io.sluice.kafka.cluster;

import io.sluice.core.controller.ControllerCommand;
import io.sluice.core.controller.ControllerReply.Outcome;
import io.sluice.core.model.ErrorCode;
import io.sluice.kafka.api.KafkaServices;
import io.sluice.kafka.codec.Api;
import io.sluice.kafka.connection.ApiHandler;
import io.sluice.kafka.connection.KafkaRequest;
import org.apache.kafka.common.message.UnregisterBrokerRequestData;
import org.apache.kafka.common.message.UnregisterBrokerResponseData;

/** UnregisterBroker, version 0 (KIP-631): a broker is gone for good. */
public final class UnregisterBrokerHandler implements ApiHandler {

    private final KafkaServices services;

    public UnregisterBrokerHandler(KafkaServices services) {
        this.services = services;
    }

    @Override
    public Api api() {
        return Api.UNREGISTER_BROKER;
    }

    @Override
    public void handle(KafkaRequest request) {
        int broker = request.message(UnregisterBrokerRequestData.class).brokerId();
        services.metadata()
                .submit(
                        new ControllerCommand.UnregisterBroker(broker),
                        request.loop(),
                        reply ->
                                request.guarded(
                                        () -> request.reply(answer(reply.outcomes().getFirst()))));
    }

    private static UnregisterBrokerResponseData answer(Outcome outcome) {
        boolean done = outcome.error() == ErrorCode.NONE;
        return new UnregisterBrokerResponseData()
                .setErrorCode(outcome.error().code())
                .setErrorMessage(done ? null : outcome.detail());
    }
}
