package io.sluice.kafka.transaction;

import io.sluice.core.model.BatchHeader;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.transaction.Producer;
import io.sluice.core.transaction.TransactionCommand;
import io.sluice.kafka.api.KafkaServices;
import io.sluice.kafka.api.ProducerIds;
import io.sluice.kafka.codec.Api;
import io.sluice.kafka.connection.ApiHandler;
import io.sluice.kafka.connection.KafkaRequest;
import java.util.Optional;
import org.apache.kafka.common.message.InitProducerIdRequestData;
import org.apache.kafka.common.message.InitProducerIdResponseData;

/**
 * InitProducerId, versions 0 to 6. Without a transactional id a fresh producer id at epoch 0 each
 * time, also for one that comes back with an id of before (KIP-360: such a producer raises its
 * epoch by itself). With one, what its coordinator grants.
 *
 * <p>Version 6 (KIP-939) may leave the end of transactions to an outside coordinator. Kafka 4.4 has
 * it for testing only and no client that keeps a prepared transaction: that is refused as there.
 */
public final class InitProducerIdHandler implements ApiHandler {

    private static final short FIRST_WITH_FENCED = 4;

    private final KafkaServices services;

    public InitProducerIdHandler(KafkaServices services) {
        this.services = services;
    }

    @Override
    public Api api() {
        return Api.INIT_PRODUCER_ID;
    }

    @Override
    public void handle(KafkaRequest request) {
        InitProducerIdRequestData data = request.message(InitProducerIdRequestData.class);
        String id = data.transactionalId();
        if (id == null) {
            fresh(request);
        } else if (id.isEmpty()) {
            request.reply(refused(request, ErrorCode.INVALID_REQUEST));
        } else if (data.keepPreparedTxn()) {
            request.reply(refused(request, ErrorCode.UNSUPPORTED_VERSION));
        } else if ((data.producerId() < 0) != (data.producerEpoch() < 0)) {
            request.reply(refused(request, ErrorCode.INVALID_REQUEST));
        } else {
            begin(request, data, id);
        }
    }

    private void fresh(KafkaRequest request) {
        services.transactions()
                .ids()
                .take(
                        request.loop(),
                        id ->
                                request.reply(
                                        id == ProducerIds.NONE
                                                ? refused(
                                                        request,
                                                        ErrorCode.COORDINATOR_LOAD_IN_PROGRESS)
                                                : new InitProducerIdResponseData()
                                                        .setProducerId(id)
                                                        .setProducerEpoch((short) 0)));
    }

    private void begin(KafkaRequest request, InitProducerIdRequestData data, String id) {
        Optional<Producer> known =
                data.producerId() < 0
                        ? Optional.empty()
                        : Optional.of(new Producer(data.producerId(), data.producerEpoch()));
        services.transactions()
                .askWithId(
                        request,
                        id,
                        freshId ->
                                new TransactionCommand.Begin(
                                        id,
                                        data.transactionTimeoutMs(),
                                        data.enable2Pc(),
                                        known,
                                        freshId),
                        granted ->
                                request.reply(
                                        refused(request, granted.error())
                                                .setProducerId(granted.producer().id())
                                                .setProducerEpoch(granted.producer().epoch())),
                        error -> request.reply(refused(request, error)));
    }

    private static InitProducerIdResponseData refused(KafkaRequest request, ErrorCode error) {
        return new InitProducerIdResponseData()
                .setErrorCode(Told.fenced(error, request.version(), FIRST_WITH_FENCED))
                .setProducerId(BatchHeader.NO_PRODUCER_ID)
                .setProducerEpoch(BatchHeader.NO_PRODUCER_EPOCH);
    }
}
