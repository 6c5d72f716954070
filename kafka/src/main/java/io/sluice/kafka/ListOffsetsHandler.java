package io.sluice.kafka;

import io.sluice.core.model.ErrorCode;
import io.sluice.engine.partition.Partition.OffsetAnswer;
import io.sluice.engine.partition.Partition.OffsetQuery;
import org.apache.kafka.common.message.ListOffsetsRequestData;
import org.apache.kafka.common.message.ListOffsetsRequestData.ListOffsetsPartition;
import org.apache.kafka.common.message.ListOffsetsResponseData;
import org.apache.kafka.common.message.ListOffsetsResponseData.ListOffsetsPartitionResponse;
import org.apache.kafka.common.message.ListOffsetsResponseData.ListOffsetsTopicResponse;
import org.apache.kafka.common.protocol.ApiKeys;
import org.jspecify.annotations.Nullable;

/**
 * ListOffsets, versions 1 to the newest: latest (-1), earliest (-2), greatest timestamp (-3,
 * KIP-734), earliest local (-4), last tiered (-5: never, nothing is tiered), or by time.
 */
final class ListOffsetsHandler implements ApiHandler {

    private static final short FIRST_WITH_EPOCH = 4;
    private static final long LATEST = -1L;
    private static final long EARLIEST = -2L;
    private static final long MAX_TIMESTAMP = -3L;
    private static final long EARLIEST_LOCAL = -4L;
    private static final long LATEST_TIERED = -5L;
    private static final long EARLIEST_PENDING_UPLOAD = -6L;

    private final KafkaServices services;

    ListOffsetsHandler(KafkaServices services) {
        this.services = services;
    }

    @Override
    public ApiKeys api() {
        return ApiKeys.LIST_OFFSETS;
    }

    @Override
    public void handle(KafkaRequest request) {
        ListOffsetsRequestData data = request.message(ListOffsetsRequestData.class);
        ListOffsetsResponseData response = new ListOffsetsResponseData();
        PartitionCalls calls = new PartitionCalls(services, request, () -> request.reply(response));
        for (ListOffsetsRequestData.ListOffsetsTopic topic : data.topics()) {
            ListOffsetsTopicResponse answers = new ListOffsetsTopicResponse().setName(topic.name());
            response.topics().add(answers);
            for (ListOffsetsPartition partition : topic.partitions()) {
                ListOffsetsPartitionResponse answer =
                        new ListOffsetsPartitionResponse()
                                .setPartitionIndex(partition.partitionIndex());
                answers.partitions().add(answer);
                ask(calls, request.version(), topic.name(), partition, data, answer);
            }
        }
        calls.done();
    }

    private static void ask(
            PartitionCalls calls,
            short version,
            String topic,
            ListOffsetsPartition wanted,
            ListOffsetsRequestData data,
            ListOffsetsPartitionResponse answer) {
        long time = wanted.timestamp();
        if (time == LATEST_TIERED || time == EARLIEST_PENDING_UPLOAD) {
            return; // the answer's defaults say "none"
        }
        OffsetQuery query = query(time, data.isolationLevel() == 1);
        if (query == null) {
            answer.setErrorCode(ErrorCode.UNSUPPORTED_VERSION.code());
            return;
        }
        calls.<OffsetAnswer>ask(
                topic,
                wanted.partitionIndex(),
                (partition, reply) ->
                        partition.listOffset(query, wanted.currentLeaderEpoch(), reply),
                found -> {
                    answer.setErrorCode(found.error().code())
                            .setTimestamp(found.found().timestamp())
                            .setOffset(found.found().offset());
                    if (version >= FIRST_WITH_EPOCH) {
                        answer.setLeaderEpoch(found.found().leaderEpoch());
                    }
                },
                error -> answer.setErrorCode(error.code()));
    }

    private static @Nullable OffsetQuery query(long time, boolean readCommitted) {
        if (time == LATEST) {
            return new OffsetQuery.Latest(readCommitted);
        }
        if (time == EARLIEST || time == EARLIEST_LOCAL) {
            return new OffsetQuery.Earliest();
        }
        if (time == MAX_TIMESTAMP) {
            return new OffsetQuery.MaxTimestamp();
        }
        return time < 0 ? null : new OffsetQuery.AtTime(time);
    }
}
