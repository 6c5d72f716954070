package io.sluice.kafka.transaction;

import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TopicPartition;
import io.sluice.core.transaction.Producer;
import io.sluice.core.transaction.TransactionCommand;
import io.sluice.core.transaction.TransactionReply;
import io.sluice.kafka.api.GroupServices;
import io.sluice.kafka.api.KafkaServices;
import io.sluice.kafka.codec.Api;
import io.sluice.kafka.connection.ApiHandler;
import io.sluice.kafka.connection.KafkaRequest;
import java.util.List;
import org.apache.kafka.common.message.AddOffsetsToTxnRequestData;
import org.apache.kafka.common.message.AddOffsetsToTxnResponseData;

/**
 * AddOffsetsToTxn, versions 0 to 4: the partition that holds a group's offsets takes part in the
 * transaction. Producers of transaction version 2 do without.
 */
public final class AddOffsetsToTxnHandler implements ApiHandler {

    private static final short FIRST_WITH_FENCED = 2;

    private final KafkaServices services;

    public AddOffsetsToTxnHandler(KafkaServices services) {
        this.services = services;
    }

    @Override
    public Api api() {
        return Api.ADD_OFFSETS_TO_TXN;
    }

    @Override
    public void handle(KafkaRequest request) {
        AddOffsetsToTxnRequestData data = request.message(AddOffsetsToTxnRequestData.class);
        services.groups()
                .topic()
                .ensure(
                        request.loop(),
                        error ->
                                request.guarded(() -> {
                                    if (error == ErrorCode.NONE) {
                                        add(request, data);
                                    } else {
                                        answer(request, ErrorCode.COORDINATOR_NOT_AVAILABLE);
                                    }
                                }));
    }

    private void add(KafkaRequest request, AddOffsetsToTxnRequestData data) {
        TopicPartition offsets =
                new TopicPartition(
                        GroupServices.TOPIC, services.groups().topic().partitionOf(data.groupId()));
        services.transactions()
                .ask(
                        request,
                        data.transactionalId(),
                        new TransactionCommand.Add(
                                data.transactionalId(),
                                new Producer(data.producerId(), data.producerEpoch()),
                                List.of(offsets),
                                (short) 0),
                        TransactionReply.Done.class,
                        done -> answer(request, done.error()),
                        error -> answer(request, error));
    }

    private static void answer(KafkaRequest request, ErrorCode error) {
        request.reply(
                new AddOffsetsToTxnResponseData()
                        .setErrorCode(Told.fenced(error, request.version(), FIRST_WITH_FENCED)));
    }
}
