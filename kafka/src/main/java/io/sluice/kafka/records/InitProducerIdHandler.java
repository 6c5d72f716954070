package io.sluice.kafka.records;

import io.sluice.core.model.BatchHeader;
import io.sluice.core.model.ErrorCode;
import io.sluice.kafka.api.KafkaServices;
import io.sluice.kafka.codec.Api;
import io.sluice.kafka.connection.ApiHandler;
import io.sluice.kafka.connection.KafkaRequest;
import org.apache.kafka.common.message.InitProducerIdRequestData;
import org.apache.kafka.common.message.InitProducerIdResponseData;

/**
 * InitProducerId, versions 0 to 5, for idempotent producers: a fresh id at epoch 0 each time, also
 * for one that comes back with an id of before (KIP-360: such a producer raises its epoch by
 * itself). A transactional id is refused: transactions are not served yet.
 */
public final class InitProducerIdHandler implements ApiHandler {

    private final ProducerIds ids;

    public InitProducerIdHandler(KafkaServices services) {
        this.ids = new ProducerIds(services.brokerId(), services.metadata());
    }

    @Override
    public Api api() {
        return Api.INIT_PRODUCER_ID;
    }

    @Override
    public void handle(KafkaRequest request) {
        InitProducerIdRequestData data = request.message(InitProducerIdRequestData.class);
        if (data.transactionalId() != null) {
            request.reply(
                    refused(
                            data.transactionalId().isEmpty()
                                    ? ErrorCode.INVALID_REQUEST
                                    : ErrorCode.UNSUPPORTED_VERSION));
            return;
        }
        ids.take(
                request.loop(),
                id ->
                        request.reply(
                                id == ProducerIds.NONE
                                        ? refused(ErrorCode.COORDINATOR_LOAD_IN_PROGRESS)
                                        : new InitProducerIdResponseData()
                                                .setProducerId(id)
                                                .setProducerEpoch((short) 0)));
    }

    private static InitProducerIdResponseData refused(ErrorCode error) {
        return new InitProducerIdResponseData()
                .setErrorCode(error.code())
                .setProducerId(BatchHeader.NO_PRODUCER_ID)
                .setProducerEpoch(BatchHeader.NO_PRODUCER_EPOCH);
    }
}
