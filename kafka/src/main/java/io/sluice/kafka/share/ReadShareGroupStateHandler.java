package io.sluice.kafka.share;

import io.sluice.core.share.ShareCommand;
import io.sluice.core.share.ShareKey;
import io.sluice.core.share.ShareReply;
import io.sluice.kafka.api.KafkaServices;
import io.sluice.kafka.codec.Api;
import io.sluice.kafka.codec.ShareStates;
import io.sluice.kafka.connection.ApiHandler;
import io.sluice.kafka.connection.KafkaRequest;
import org.apache.kafka.common.message.ReadShareGroupStateRequestData;
import org.apache.kafka.common.message.ReadShareGroupStateRequestData.ReadStateData;
import org.apache.kafka.common.message.ReadShareGroupStateResponseData;
import org.apache.kafka.common.message.ReadShareGroupStateResponseData.PartitionResult;
import org.apache.kafka.common.message.ReadShareGroupStateResponseData.ReadStateResult;

/** ReadShareGroupState, version 0 (KIP-932): a leader begins, and those before it end. */
public final class ReadShareGroupStateHandler implements ApiHandler {

    private final KafkaServices services;

    public ReadShareGroupStateHandler(KafkaServices services) {
        this.services = services;
    }

    @Override
    public Api api() {
        return Api.READ_SHARE_GROUP_STATE;
    }

    @Override
    public void handle(KafkaRequest request) {
        ReadShareGroupStateRequestData data = request.message(ReadShareGroupStateRequestData.class);
        ReadShareGroupStateResponseData response = new ReadShareGroupStateResponseData();
        StateQuestions questions = new StateQuestions(services, request, data.groupId());
        for (ReadStateData topic : data.topics()) {
            ReadStateResult result = new ReadStateResult().setTopicId(topic.topicId());
            response.results().add(result);
            for (ReadShareGroupStateRequestData.PartitionData one : topic.partitions()) {
                PartitionResult answer = new PartitionResult().setPartition(one.partition());
                result.partitions().add(answer);
                ShareKey key = questions.key(topic.topicId(), one.partition());
                questions.ask(
                        key,
                        new ShareCommand.Read(key, one.leaderEpoch()),
                        ShareReply.State.class,
                        state -> fill(answer, state),
                        error -> answer.setErrorCode(error.code()));
            }
        }
        questions.go(() -> request.reply(response));
    }

    private static void fill(PartitionResult answer, ShareReply.State state) {
        answer.setErrorCode(state.error().code())
                .setStateEpoch(state.stateEpoch())
                .setStartOffset(state.start())
                .setStateBatches(ShareStates.read(state.batches()));
    }
}
