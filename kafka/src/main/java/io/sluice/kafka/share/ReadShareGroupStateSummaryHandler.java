package io.sluice.kafka.share;

import io.sluice.core.model.ErrorCode;
import io.sluice.core.share.ShareCommand;
import io.sluice.core.share.ShareKey;
import io.sluice.core.share.ShareReply;
import io.sluice.engine.coordinator.Reply;
import io.sluice.kafka.api.KafkaServices;
import io.sluice.kafka.codec.Api;
import io.sluice.kafka.codec.Ids;
import io.sluice.kafka.connection.ApiHandler;
import io.sluice.kafka.connection.KafkaRequest;
import java.util.List;
import org.apache.kafka.common.message.ReadShareGroupStateSummaryRequestData;
import org.apache.kafka.common.message.ReadShareGroupStateSummaryRequestData.ReadStateSummaryData;
import org.apache.kafka.common.message.ReadShareGroupStateSummaryResponseData;
import org.apache.kafka.common.message.ReadShareGroupStateSummaryResponseData.PartitionResult;
import org.apache.kafka.common.message.ReadShareGroupStateSummaryResponseData.ReadStateSummaryResult;

/**
 * ReadShareGroupStateSummary, versions 0 and 1 (KIP-932): where queues stand. No topics mean all
 * queues of the group that this broker remembers, with a partition of -1 for a coordinator that
 * cannot tell.
 */
public final class ReadShareGroupStateSummaryHandler implements ApiHandler {

    private static final int NO_PARTITION = -1;

    /** Of one who asks and does not lead. */
    private static final int NOT_LEADING = -1;

    private final KafkaServices services;

    public ReadShareGroupStateSummaryHandler(KafkaServices services) {
        this.services = services;
    }

    @Override
    public Api api() {
        return Api.READ_SHARE_GROUP_STATE_SUMMARY;
    }

    @Override
    public void handle(KafkaRequest request) {
        ReadShareGroupStateSummaryRequestData data =
                request.message(ReadShareGroupStateSummaryRequestData.class);
        if (data.topics().isEmpty()) {
            all(request, data.groupId());
            return;
        }
        ReadShareGroupStateSummaryResponseData response =
                new ReadShareGroupStateSummaryResponseData();
        StateQuestions questions = new StateQuestions(services, request, data.groupId());
        for (ReadStateSummaryData topic : data.topics()) {
            ReadStateSummaryResult result =
                    new ReadStateSummaryResult().setTopicId(topic.topicId());
            response.results().add(result);
            for (ReadShareGroupStateSummaryRequestData.PartitionData one : topic.partitions()) {
                PartitionResult answer = new PartitionResult().setPartition(one.partition());
                result.partitions().add(answer);
                ShareKey key = questions.key(topic.topicId(), one.partition());
                questions.ask(
                        key,
                        new ShareCommand.Read(key, NOT_LEADING),
                        ShareReply.State.class,
                        state -> fill(answer, state, request.version()),
                        error -> answer.setErrorCode(error.code()));
            }
        }
        questions.go(() -> request.reply(response));
    }

    private static void fill(PartitionResult answer, ShareReply.State state, short version) {
        answer.setErrorCode(state.error().code())
                .setStateEpoch(state.stateEpoch())
                .setLeaderEpoch(state.leaderEpoch())
                .setStartOffset(state.start());
        count(answer, state.doneRecords(), version);
    }

    /** Version 0 does not know it. */
    private static void count(PartitionResult answer, long doneRecords, short version) {
        if (version > 0) {
            answer.setDeliveryCompleteCount((int) Math.min(doneRecords, Integer.MAX_VALUE));
        }
    }

    private void all(KafkaRequest request, String group) {
        services.shares()
                .known()
                .askAllHere(
                        new ShareCommand.ListGroup(group),
                        request.loop(),
                        replies ->
                                request.guarded(() -> {
                                    ReadShareGroupStateSummaryResponseData response =
                                            new ReadShareGroupStateSummaryResponseData();
                                    replies.forEach(
                                            reply -> add(reply, request.version(), response));
                                    request.reply(response);
                                }));
    }

    private static void add(
            Reply<ShareReply> reply,
            short version,
            ReadShareGroupStateSummaryResponseData response) {
        switch (reply) {
            case Reply.Answered<ShareReply>(ShareReply.Group known) -> {
                for (ShareReply.Summary queue : known.queues()) {
                    PartitionResult answer =
                            new PartitionResult()
                                    .setPartition(queue.key().partition())
                                    .setStateEpoch(queue.stateEpoch())
                                    .setLeaderEpoch(queue.leaderEpoch())
                                    .setStartOffset(queue.start());
                    count(answer, queue.doneRecords(), version);
                    response.results()
                            .add(
                                    new ReadStateSummaryResult()
                                            .setTopicId(Ids.toKafka(queue.key().topicId()))
                                            .setPartitions(List.of(answer)));
                }
            }
            case Reply.Answered<ShareReply> other ->
                    throw new IllegalStateException("an odd answer: " + other);
            case Reply.Refused<ShareReply>(ErrorCode error) ->
                    response.results()
                            .add(
                                    new ReadStateSummaryResult()
                                            .setPartitions(
                                                    List.of(
                                                            new PartitionResult()
                                                                    .setPartition(NO_PARTITION)
                                                                    .setErrorCode(error.code()))));
        }
    }
}
