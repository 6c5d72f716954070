package io.sluice.kafka;

import io.sluice.engine.partition.Partition.EpochAnswer;
import org.apache.kafka.common.message.OffsetForLeaderEpochRequestData;
import org.apache.kafka.common.message.OffsetForLeaderEpochResponseData;
import org.apache.kafka.common.message.OffsetForLeaderEpochResponseData.EpochEndOffset;
import org.apache.kafka.common.message.OffsetForLeaderEpochResponseData.OffsetForLeaderTopicResult;
import org.apache.kafka.common.protocol.ApiKeys;

/** OffsetForLeaderEpoch, versions 2 to the newest (KIP-101, KIP-320). */
final class OffsetForLeaderEpochHandler implements ApiHandler {

    private final KafkaServices services;

    OffsetForLeaderEpochHandler(KafkaServices services) {
        this.services = services;
    }

    @Override
    public ApiKeys api() {
        return ApiKeys.OFFSET_FOR_LEADER_EPOCH;
    }

    @Override
    public void handle(KafkaRequest request) {
        OffsetForLeaderEpochRequestData data =
                request.message(OffsetForLeaderEpochRequestData.class);
        OffsetForLeaderEpochResponseData response = new OffsetForLeaderEpochResponseData();
        PartitionCalls calls = new PartitionCalls(services, request, () -> request.reply(response));
        for (OffsetForLeaderEpochRequestData.OffsetForLeaderTopic topic : data.topics()) {
            OffsetForLeaderTopicResult answers =
                    new OffsetForLeaderTopicResult().setTopic(topic.topic());
            response.topics().add(answers);
            for (OffsetForLeaderEpochRequestData.OffsetForLeaderPartition wanted :
                    topic.partitions()) {
                EpochEndOffset answer = new EpochEndOffset().setPartition(wanted.partition());
                answers.partitions().add(answer);
                calls.<EpochAnswer>ask(
                        topic.topic(),
                        wanted.partition(),
                        (partition, reply) ->
                                reply.accept(
                                        partition.endOfEpoch(
                                                wanted.leaderEpoch(), wanted.currentLeaderEpoch())),
                        found ->
                                answer.setErrorCode(found.error().code())
                                        .setLeaderEpoch(found.end().epoch())
                                        .setEndOffset(found.end().endOffset()),
                        error -> answer.setErrorCode(error.code()));
            }
        }
        calls.done();
    }
}
