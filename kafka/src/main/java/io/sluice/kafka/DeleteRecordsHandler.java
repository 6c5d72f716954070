package io.sluice.kafka;

import io.sluice.engine.partition.Partition.DeleteAnswer;
import org.apache.kafka.common.message.DeleteRecordsRequestData;
import org.apache.kafka.common.message.DeleteRecordsResponseData;
import org.apache.kafka.common.message.DeleteRecordsResponseData.DeleteRecordsPartitionResult;
import org.apache.kafka.common.message.DeleteRecordsResponseData.DeleteRecordsTopicResult;
import org.apache.kafka.common.protocol.ApiKeys;

/** DeleteRecords, all versions (KIP-107): forgets what lies below an offset. */
final class DeleteRecordsHandler implements ApiHandler {

    private final KafkaServices services;

    DeleteRecordsHandler(KafkaServices services) {
        this.services = services;
    }

    @Override
    public ApiKeys api() {
        return ApiKeys.DELETE_RECORDS;
    }

    @Override
    public void handle(KafkaRequest request) {
        DeleteRecordsRequestData data = request.message(DeleteRecordsRequestData.class);
        DeleteRecordsResponseData response = new DeleteRecordsResponseData();
        PartitionCalls calls = new PartitionCalls(services, request, () -> request.reply(response));
        for (DeleteRecordsRequestData.DeleteRecordsTopic topic : data.topics()) {
            DeleteRecordsTopicResult answers = new DeleteRecordsTopicResult().setName(topic.name());
            response.topics().add(answers);
            for (DeleteRecordsRequestData.DeleteRecordsPartition wanted : topic.partitions()) {
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
        calls.done();
    }
}
