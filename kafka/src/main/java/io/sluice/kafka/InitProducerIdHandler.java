package io.sluice.kafka;

import io.sluice.core.controller.Controller;
import io.sluice.core.controller.ControllerCommand;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.LongConsumer;
import org.apache.kafka.common.message.InitProducerIdRequestData;
import org.apache.kafka.common.message.InitProducerIdResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.RecordBatch;

/**
 * InitProducerId, all versions, for idempotent producers: a fresh id at epoch 0 each time
 * (KIP-360). Ids come in blocks from the controller and are never given twice (KIP-730). A
 * transactional id is refused: transactions are not served yet.
 */
final class InitProducerIdHandler implements ApiHandler {

    private final KafkaServices services;
    private final Deque<Waiting> waiting = new ArrayDeque<>();
    private long next;
    private long end;
    private boolean asking;

    private record Waiting(KafkaRequest request, LongConsumer take) {}

    InitProducerIdHandler(KafkaServices services) {
        this.services = services;
    }

    @Override
    public ApiKeys api() {
        return ApiKeys.INIT_PRODUCER_ID;
    }

    @Override
    public void handle(KafkaRequest request) {
        InitProducerIdRequestData data = request.message(InitProducerIdRequestData.class);
        if (data.transactionalId() != null) {
            request.reply(failed(Errors.UNSUPPORTED_VERSION));
            return;
        }
        nextId(
                request,
                id ->
                        request.reply(
                                id < 0
                                        ? failed(Errors.COORDINATOR_NOT_AVAILABLE)
                                        : new InitProducerIdResponseData()
                                                .setProducerId(id)
                                                .setProducerEpoch((short) 0)));
    }

    private static InitProducerIdResponseData failed(Errors error) {
        return new InitProducerIdResponseData()
                .setErrorCode(error.code())
                .setProducerId(RecordBatch.NO_PRODUCER_ID)
                .setProducerEpoch(RecordBatch.NO_PRODUCER_EPOCH);
    }

    private synchronized void nextId(KafkaRequest request, LongConsumer take) {
        if (next < end) {
            take.accept(next++);
            return;
        }
        waiting.addLast(new Waiting(request, take));
        if (!asking) {
            asking = true;
            services.metadata()
                    .submit(
                            new ControllerCommand.AllocateProducerIds(
                                    services.brokerId(), Controller.PRODUCER_ID_BLOCK),
                            request.loop(),
                            reply -> blockArrived(reply.producerIds()));
        }
    }

    private synchronized void blockArrived(long first) {
        asking = false;
        if (first >= 0) {
            next = first;
            end = first + Controller.PRODUCER_ID_BLOCK;
        }
        Deque<Waiting> served = new ArrayDeque<>(waiting);
        waiting.clear();
        for (Waiting one : served) {
            if (first < 0) {
                one.take.accept(-1L);
            } else {
                nextId(one.request, one.take);
            }
        }
    }
}
