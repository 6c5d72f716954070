package io.sluice.kafka.records;

import io.sluice.engine.partition.Partition.EpochAnswer;
import io.sluice.kafka.api.KafkaServices;
import io.sluice.kafka.api.PartitionCalls;
import io.sluice.kafka.codec.Api;
import io.sluice.kafka.connection.ApiHandler;
import io.sluice.kafka.connection.KafkaRequest;
import org.apache.kafka.common.message.OffsetForLeaderEpochRequestData;
import org.apache.kafka.common.message.OffsetForLeaderEpochRequestData.OffsetForLeaderPartition;
import org.apache.kafka.common.message.OffsetForLeaderEpochRequestData.OffsetForLeaderTopic;
import org.apache.kafka.common.message.OffsetForLeaderEpochResponseData;
import org.apache.kafka.common.message.OffsetForLeaderEpochResponseData.EpochEndOffset;
import org.apache.kafka.common.message.OffsetForLeaderEpochResponseData.OffsetForLeaderTopicResult;

/** OffsetForLeaderEpoch, versions 2 to 4 (KIP-101, KIP-279, KIP-320). */
public final class OffsetForLeaderEpochHandler implements ApiHandler {

    private final KafkaServices services;

    public OffsetForLeaderEpochHandler(KafkaServices services) {
        this.services = services;
    }

    @Override
    public Api api() {
        return Api.OFFSET_FOR_LEADER_EPOCH;
    }

    @Override
    public void handle(KafkaRequest request) {
        OffsetForLeaderEpochRequestData data =
                request.message(OffsetForLeaderEpochRequestData.class);
        OffsetForLeaderEpochResponseData response = new OffsetForLeaderEpochResponseData();
        PartitionCalls calls = new PartitionCalls(services, request);
        for (OffsetForLeaderTopic topic : data.topics()) {
            OffsetForLeaderTopicResult answers =
                    new OffsetForLeaderTopicResult().setTopic(topic.topic());
            if (!response.topics().add(answers)) {
                continue;
            }
            for (OffsetForLeaderPartition wanted : topic.partitions()) {
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
        calls.go(() -> request.reply(response));
    }
}
