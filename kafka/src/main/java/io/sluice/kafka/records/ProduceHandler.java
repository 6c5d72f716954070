package io.sluice.kafka.records;

import io.sluice.kafka.api.KafkaServices;
import io.sluice.kafka.codec.Api;
import io.sluice.kafka.connection.ApiHandler;
import io.sluice.kafka.connection.KafkaRequest;
import org.apache.kafka.common.message.ProduceRequestData;

/**
 * Produce, versions 3 to 13. Each partition's batch is checked on the connection's loop and
 * appended on the partition's own, from the very bytes that came in. With acks=0 an error closes
 * the connection, for there is no other way to tell.
 *
 * <p>A batch that may be the first of its transaction in a partition waits for the transaction's
 * coordinator (KIP-890): from version 12 on the coordinator takes the partition in, before that it
 * is asked whether the producer has told it. One that still ends the transaction before is asked
 * again for a moment: the next transaction follows closely.
 *
 * <p>A partition that is led elsewhere is answered with its leader (KIP-951); a refused batch with
 * the records at fault (KIP-467).
 */
public final class ProduceHandler implements ApiHandler {

    private final KafkaServices services;

    public ProduceHandler(KafkaServices services) {
        this.services = services;
    }

    @Override
    public Api api() {
        return Api.PRODUCE;
    }

    @Override
    public void handle(KafkaRequest request) {
        new ProduceRound(services, request, request.message(ProduceRequestData.class)).begin();
    }
}
