package io.sluice.kafka.transaction;

import io.sluice.core.model.ErrorCode;
import io.sluice.core.transaction.Producer;
import io.sluice.core.transaction.TransactionCommand;
import io.sluice.kafka.api.KafkaServices;
import io.sluice.kafka.api.TransactionServices;
import io.sluice.kafka.codec.Api;
import io.sluice.kafka.codec.SettleField;
import io.sluice.kafka.connection.ApiHandler;
import io.sluice.kafka.connection.KafkaRequest;
import org.apache.kafka.common.message.EndTxnRequestData;
import org.apache.kafka.common.message.EndTxnResponseData;

/**
 * EndTxn, versions 0 to 5. Answered when the outcome is stored for good; markers follow. From
 * version 5 the producer gets another epoch with every transaction (KIP-890).
 */
public final class EndTxnHandler implements ApiHandler {

    private static final short FIRST_WITH_FENCED = 2;
    private static final short FIRST_WITH_EPOCHS = 5;

    private final KafkaServices services;

    public EndTxnHandler(KafkaServices services) {
        this.services = services;
    }

    @Override
    public Api api() {
        return Api.END_TXN;
    }

    @Override
    public void handle(KafkaRequest request) {
        EndTxnRequestData data = request.message(EndTxnRequestData.class);
        short version =
                request.version() >= FIRST_WITH_EPOCHS ? TransactionServices.VERSION : (short) 0;
        services.transactions()
                .askWithId(
                        request,
                        data.transactionalId(),
                        freshId -> command(data, version, freshId),
                        granted ->
                                request.reply(
                                        answer(request, granted.error())
                                                .setProducerId(granted.producer().id())
                                                .setProducerEpoch(granted.producer().epoch())),
                        error -> request.reply(answer(request, error)));
    }

    private static TransactionCommand command(EndTxnRequestData data, short version, long freshId) {
        Producer producer = new Producer(data.producerId(), data.producerEpoch());
        long startMs = SettleField.startMs(data);
        return startMs == SettleField.NONE
                ? new TransactionCommand.End(
                        data.transactionalId(), producer, data.committed(), version, freshId)
                : new TransactionCommand.Settle(
                        data.transactionalId(), producer, startMs, data.committed(), freshId);
    }

    private static EndTxnResponseData answer(KafkaRequest request, ErrorCode error) {
        return new EndTxnResponseData()
                .setErrorCode(Told.fenced(error, request.version(), FIRST_WITH_FENCED));
    }
}
