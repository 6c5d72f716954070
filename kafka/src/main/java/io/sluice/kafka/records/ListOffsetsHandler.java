package io.sluice.kafka.records;

import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TimestampAndOffset;
import io.sluice.engine.partition.Partition;
import io.sluice.engine.partition.Partition.OffsetAnswer;
import io.sluice.engine.partition.Partition.OffsetQuery;
import io.sluice.kafka.api.KafkaServices;
import io.sluice.kafka.api.PartitionCalls;
import io.sluice.kafka.codec.Api;
import io.sluice.kafka.connection.ApiHandler;
import io.sluice.kafka.connection.KafkaRequest;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.apache.kafka.common.message.ListOffsetsRequestData;
import org.apache.kafka.common.message.ListOffsetsRequestData.ListOffsetsPartition;
import org.apache.kafka.common.message.ListOffsetsRequestData.ListOffsetsTopic;
import org.apache.kafka.common.message.ListOffsetsResponseData;
import org.apache.kafka.common.message.ListOffsetsResponseData.ListOffsetsPartitionResponse;
import org.apache.kafka.common.message.ListOffsetsResponseData.ListOffsetsTopicResponse;
import org.jspecify.annotations.Nullable;

/**
 * ListOffsets, versions 1 to 11: latest (-1), earliest (-2), greatest timestamp (-3, KIP-734),
 * earliest local (-4, KIP-405), last tiered (-5, KIP-1005) and earliest to be tiered (-6,
 * KIP-1023), or by time. Nothing is tiered here: all is local, and the last two are answered with
 * "none". A client that poses as a replica is answered as the consumer it is.
 */
public final class ListOffsetsHandler implements ApiHandler {

    private static final short FIRST_WITH_EPOCH = 4;

    private static final long LATEST = -1L;
    private static final long EARLIEST = -2L;
    private static final long MAX_TIMESTAMP = -3L;
    private static final long EARLIEST_LOCAL = -4L;
    private static final long LATEST_TIERED = -5L;
    private static final long EARLIEST_PENDING_UPLOAD = -6L;

    private static final OffsetAnswer NONE =
            new OffsetAnswer(ErrorCode.NONE, TimestampAndOffset.NONE);

    private final KafkaServices services;

    public ListOffsetsHandler(KafkaServices services) {
        this.services = services;
    }

    @Override
    public Api api() {
        return Api.LIST_OFFSETS;
    }

    @Override
    public void handle(KafkaRequest request) {
        ListOffsetsRequestData data = request.message(ListOffsetsRequestData.class);
        ListOffsetsResponseData response = new ListOffsetsResponseData();
        PartitionCalls calls = new PartitionCalls(services, request);
        boolean readCommitted = data.isolationLevel() == 1;
        for (ListOffsetsTopic topic : data.topics()) {
            ListOffsetsTopicResponse answers = new ListOffsetsTopicResponse().setName(topic.name());
            response.topics().add(answers);
            for (ListOffsetsPartition wanted : topic.partitions()) {
                ListOffsetsPartitionResponse answer =
                        new ListOffsetsPartitionResponse()
                                .setPartitionIndex(wanted.partitionIndex());
                answers.partitions().add(answer);
                BiConsumer<Partition, Consumer<OffsetAnswer>> question =
                        question(wanted, readCommitted, request.version());
                if (question == null) {
                    answer.setErrorCode(ErrorCode.UNSUPPORTED_VERSION.code());
                    continue;
                }
                calls.<OffsetAnswer>ask(
                        topic.name(),
                        wanted.partitionIndex(),
                        question,
                        found -> fill(answer, found, request.version()),
                        error -> answer.setErrorCode(error.code()));
            }
        }
        calls.go(() -> request.reply(response));
    }

    private static void fill(
            ListOffsetsPartitionResponse answer, OffsetAnswer found, short version) {
        answer.setErrorCode(found.error().code())
                .setTimestamp(found.found().timestamp())
                .setOffset(found.found().offset());
        if (version >= FIRST_WITH_EPOCH) {
            answer.setLeaderEpoch(found.found().leaderEpoch());
        }
    }

    /** What a partition is asked, or null if the version knows no such question. */
    private static @Nullable BiConsumer<Partition, Consumer<OffsetAnswer>> question(
            ListOffsetsPartition wanted, boolean readCommitted, short version) {
        long time = wanted.timestamp();
        if (version < firstVersionOf(time)) {
            return null;
        }
        if (time == LATEST_TIERED || time == EARLIEST_PENDING_UPLOAD) {
            return (partition, reply) -> reply.accept(NONE);
        }
        OffsetQuery query =
                time == LATEST
                        ? new OffsetQuery.Latest(readCommitted)
                        : time == EARLIEST || time == EARLIEST_LOCAL
                                ? new OffsetQuery.Earliest()
                                : time == MAX_TIMESTAMP
                                        ? new OffsetQuery.MaxTimestamp(readCommitted)
                                        : new OffsetQuery.AtTime(time, readCommitted);
        int epoch = wanted.currentLeaderEpoch();
        return (partition, reply) -> partition.listOffset(query, epoch, reply);
    }

    /** The version in which a special time came; none of the future is known. */
    private static int firstVersionOf(long time) {
        if (time >= EARLIEST) {
            return 0;
        }
        if (time == MAX_TIMESTAMP) {
            return 7;
        }
        if (time == EARLIEST_LOCAL) {
            return 8;
        }
        if (time == LATEST_TIERED) {
            return 9;
        }
        return time == EARLIEST_PENDING_UPLOAD ? 11 : Integer.MAX_VALUE;
    }
}
