package io.sluice.kafka.share;

import io.sluice.core.share.ShareCommand;
import io.sluice.core.share.ShareKey;
import io.sluice.kafka.api.KafkaServices;
import io.sluice.kafka.codec.Api;
import io.sluice.kafka.connection.ApiHandler;
import io.sluice.kafka.connection.KafkaRequest;
import org.apache.kafka.common.message.InitializeShareGroupStateRequestData;
import org.apache.kafka.common.message.InitializeShareGroupStateRequestData.InitializeStateData;
import org.apache.kafka.common.message.InitializeShareGroupStateResponseData;
import org.apache.kafka.common.message.InitializeShareGroupStateResponseData.InitializeStateResult;
import org.apache.kafka.common.message.InitializeShareGroupStateResponseData.PartitionResult;

/** InitializeShareGroupState, version 0 (KIP-932): queues begin. */
public final class InitializeShareGroupStateHandler implements ApiHandler {

    private final KafkaServices services;

    public InitializeShareGroupStateHandler(KafkaServices services) {
        this.services = services;
    }

    @Override
    public Api api() {
        return Api.INITIALIZE_SHARE_GROUP_STATE;
    }

    @Override
    public void handle(KafkaRequest request) {
        InitializeShareGroupStateRequestData data =
                request.message(InitializeShareGroupStateRequestData.class);
        InitializeShareGroupStateResponseData response =
                new InitializeShareGroupStateResponseData();
        StateQuestions questions = new StateQuestions(services, request, data.groupId());
        for (InitializeStateData topic : data.topics()) {
            InitializeStateResult result = new InitializeStateResult().setTopicId(topic.topicId());
            response.results().add(result);
            for (InitializeShareGroupStateRequestData.PartitionData one : topic.partitions()) {
                PartitionResult answer = new PartitionResult().setPartition(one.partition());
                result.partitions().add(answer);
                ShareKey key = questions.key(topic.topicId(), one.partition());
                questions.ask(
                        key,
                        new ShareCommand.Initialize(key, one.stateEpoch(), one.startOffset()),
                        error -> answer.setErrorCode(error.code()));
            }
        }
        questions.go(() -> request.reply(response));
    }
}
