package io.sluice.kafka.records;

import io.sluice.core.model.TopicPartition;
import io.sluice.core.model.TransactionMarker;
import io.sluice.engine.loop.AllAnswered;
import io.sluice.kafka.api.KafkaServices;
import io.sluice.kafka.codec.Api;
import io.sluice.kafka.connection.ApiHandler;
import io.sluice.kafka.connection.KafkaRequest;
import org.apache.kafka.common.message.WriteTxnMarkersRequestData;
import org.apache.kafka.common.message.WriteTxnMarkersRequestData.WritableTxnMarker;
import org.apache.kafka.common.message.WriteTxnMarkersRequestData.WritableTxnMarkerTopic;
import org.apache.kafka.common.message.WriteTxnMarkersResponseData;
import org.apache.kafka.common.message.WriteTxnMarkersResponseData.WritableTxnMarkerPartitionResult;
import org.apache.kafka.common.message.WriteTxnMarkersResponseData.WritableTxnMarkerResult;
import org.apache.kafka.common.message.WriteTxnMarkersResponseData.WritableTxnMarkerTopicResult;

/**
 * WriteTxnMarkers, versions 1 and 2 (KIP-98; version 2 tells the transaction version, KIP-1228).
 * Sent by coordinators of other brokers, and by an administrator who ends a hanging transaction
 * (KIP-664). Answered when every marker is committed or refused.
 */
public final class WriteTxnMarkersHandler implements ApiHandler {

    private final KafkaServices services;

    public WriteTxnMarkersHandler(KafkaServices services) {
        this.services = services;
    }

    @Override
    public Api api() {
        return Api.WRITE_TXN_MARKERS;
    }

    @Override
    public void handle(KafkaRequest request) {
        WriteTxnMarkersRequestData data = request.message(WriteTxnMarkersRequestData.class);
        WriteTxnMarkersResponseData response = new WriteTxnMarkersResponseData();
        AllAnswered all = new AllAnswered();
        for (WritableTxnMarker wanted : data.markers()) {
            TransactionMarker marker = marker(wanted);
            WritableTxnMarkerResult result =
                    new WritableTxnMarkerResult().setProducerId(wanted.producerId());
            response.markers().add(result);
            for (WritableTxnMarkerTopic topic : wanted.topics()) {
                WritableTxnMarkerTopicResult answers =
                        new WritableTxnMarkerTopicResult().setName(topic.name());
                result.topics().add(answers);
                for (int number : topic.partitionIndexes()) {
                    WritableTxnMarkerPartitionResult answer =
                            new WritableTxnMarkerPartitionResult().setPartitionIndex(number);
                    answers.partitions().add(answer);
                    TopicPartition name = new TopicPartition(topic.name(), number);
                    all.ask(done ->
                            services.markers()
                                    .write(
                                            name,
                                            marker,
                                            request.loop(),
                                            error ->
                                                    request.guarded(() -> {
                                                        answer.setErrorCode(error.code());
                                                        done.run();
                                                    })));
                }
            }
        }
        all.then(() -> request.reply(response));
    }

    private static TransactionMarker marker(WritableTxnMarker wanted) {
        return new TransactionMarker(
                wanted.producerId(),
                wanted.producerEpoch(),
                wanted.coordinatorEpoch(),
                wanted.transactionResult(),
                wanted.transactionVersion());
    }
}
