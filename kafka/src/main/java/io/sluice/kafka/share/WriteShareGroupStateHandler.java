package io.sluice.kafka.share;

import io.sluice.core.model.ErrorCode;
import io.sluice.core.share.ShareCommand;
import io.sluice.core.share.ShareKey;
import io.sluice.kafka.api.KafkaServices;
import io.sluice.kafka.codec.Api;
import io.sluice.kafka.codec.MalformedRequestException;
import io.sluice.kafka.codec.ShareStates;
import io.sluice.kafka.connection.ApiHandler;
import io.sluice.kafka.connection.KafkaRequest;
import org.apache.kafka.common.message.WriteShareGroupStateRequestData;
import org.apache.kafka.common.message.WriteShareGroupStateRequestData.WriteStateData;
import org.apache.kafka.common.message.WriteShareGroupStateResponseData;
import org.apache.kafka.common.message.WriteShareGroupStateResponseData.PartitionResult;
import org.apache.kafka.common.message.WriteShareGroupStateResponseData.WriteStateResult;

/** WriteShareGroupState, versions 0 and 1 (KIP-932): what changed in queues. */
public final class WriteShareGroupStateHandler implements ApiHandler {

    private final KafkaServices services;

    public WriteShareGroupStateHandler(KafkaServices services) {
        this.services = services;
    }

    @Override
    public Api api() {
        return Api.WRITE_SHARE_GROUP_STATE;
    }

    @Override
    public void handle(KafkaRequest request) {
        WriteShareGroupStateRequestData data =
                request.message(WriteShareGroupStateRequestData.class);
        WriteShareGroupStateResponseData response = new WriteShareGroupStateResponseData();
        StateQuestions questions = new StateQuestions(services, request, data.groupId());
        for (WriteStateData topic : data.topics()) {
            WriteStateResult result = new WriteStateResult().setTopicId(topic.topicId());
            response.results().add(result);
            for (WriteShareGroupStateRequestData.PartitionData one : topic.partitions()) {
                PartitionResult answer = new PartitionResult().setPartition(one.partition());
                result.partitions().add(answer);
                ask(questions, questions.key(topic.topicId(), one.partition()), one, answer);
            }
        }
        questions.go(() -> request.reply(response));
    }

    private static void ask(
            StateQuestions questions,
            ShareKey key,
            WriteShareGroupStateRequestData.PartitionData one,
            PartitionResult answer) {
        ShareCommand.Write command;
        try {
            command =
                    new ShareCommand.Write(
                            key,
                            one.stateEpoch(),
                            one.leaderEpoch(),
                            ShareStates.number(one),
                            one.startOffset(),
                            one.deliveryCompleteCount(),
                            ShareStates.fromWritten(one.stateBatches()));
        } catch (MalformedRequestException strange) {
            answer.setErrorCode(ErrorCode.INVALID_REQUEST.code())
                    .setErrorMessage(strange.getMessage());
            return;
        }
        if (one.startOffset() < 0) {
            answer.setErrorCode(ErrorCode.INVALID_REQUEST.code())
                    .setErrorMessage("a queue that starts at " + one.startOffset());
            return;
        }
        questions.ask(key, command, error -> answer.setErrorCode(error.code()));
    }
}
