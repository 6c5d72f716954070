package io.sluice.kafka.records;

import io.sluice.engine.partition.Partition.DeleteAnswer;
import io.sluice.kafka.api.KafkaServices;
import io.sluice.kafka.api.PartitionCalls;
import io.sluice.kafka.codec.Api;
import io.sluice.kafka.connection.ApiHandler;
import io.sluice.kafka.connection.KafkaRequest;
import org.apache.kafka.common.message.DeleteRecordsRequestData;
import org.apache.kafka.common.message.DeleteRecordsRequestData.DeleteRecordsPartition;
import org.apache.kafka.common.message.DeleteRecordsRequestData.DeleteRecordsTopic;
import org.apache.kafka.common.message.DeleteRecordsResponseData;
import org.apache.kafka.common.message.DeleteRecordsResponseData.DeleteRecordsPartitionResult;
import org.apache.kafka.common.message.DeleteRecordsResponseData.DeleteRecordsTopicResult;

/** DeleteRecords, versions 0 to 2 (KIP-107): forgets what lies below an offset. */
public final class DeleteRecordsHandler implements ApiHandler {

    private final KafkaServices services;

    public DeleteRecordsHandler(KafkaServices services) {
        this.services = services;
    }

    @Override
    public Api api() {
        return Api.DELETE_RECORDS;
    }

    @Override
    public void handle(KafkaRequest request) {
        DeleteRecordsRequestData data = request.message(DeleteRecordsRequestData.class);
        DeleteRecordsResponseData response = new DeleteRecordsResponseData();
        PartitionCalls calls = new PartitionCalls(services, request);
        for (DeleteRecordsTopic topic : data.topics()) {
            DeleteRecordsTopicResult answers = new DeleteRecordsTopicResult().setName(topic.name());
            response.topics().add(answers);
            for (DeleteRecordsPartition wanted : topic.partitions()) {
                DeleteRecordsPartitionResult answer =
                        new DeleteRecordsPartitionResult()
                                .setPartitionIndex(wanted.partitionIndex())
                                .setLowWatermark(-1L);
                answers.partitions().add(answer);
                calls.<DeleteAnswer>ask(
                        topic.name(),
                        wanted.partitionIndex(),
                        (partition, reply) -> partition.deleteRecords(wanted.offset(), reply),
                        given ->
                                answer.setErrorCode(given.error().code())
                                        .setLowWatermark(given.logStartOffset()),
                        error -> answer.setErrorCode(error.code()));
            }
        }
        calls.go(() -> request.reply(response));
    }
}
