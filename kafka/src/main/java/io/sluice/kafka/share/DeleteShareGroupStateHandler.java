package io.sluice.kafka.share;

import io.sluice.core.model.ErrorCode;
import io.sluice.core.share.ShareCommand;
import io.sluice.core.share.ShareKey;
import io.sluice.core.share.ShareReply;
import io.sluice.engine.coordinator.Reply;
import io.sluice.kafka.api.KafkaServices;
import io.sluice.kafka.codec.Api;
import io.sluice.kafka.connection.ApiHandler;
import io.sluice.kafka.connection.KafkaRequest;
import org.apache.kafka.common.message.DeleteShareGroupStateRequestData;
import org.apache.kafka.common.message.DeleteShareGroupStateRequestData.DeleteStateData;
import org.apache.kafka.common.message.DeleteShareGroupStateResponseData;
import org.apache.kafka.common.message.DeleteShareGroupStateResponseData.DeleteStateResult;
import org.apache.kafka.common.message.DeleteShareGroupStateResponseData.PartitionResult;

/**
 * DeleteShareGroupState, version 0 (KIP-932): queues are forgotten. No topics mean all queues of
 * the group that this broker remembers; then an answer is about coordinators that could not.
 */
public final class DeleteShareGroupStateHandler implements ApiHandler {

    private static final int NO_PARTITION = -1;

    private final KafkaServices services;

    public DeleteShareGroupStateHandler(KafkaServices services) {
        this.services = services;
    }

    @Override
    public Api api() {
        return Api.DELETE_SHARE_GROUP_STATE;
    }

    @Override
    public void handle(KafkaRequest request) {
        DeleteShareGroupStateRequestData data =
                request.message(DeleteShareGroupStateRequestData.class);
        if (data.topics().isEmpty()) {
            deleteAll(request, data.groupId());
            return;
        }
        DeleteShareGroupStateResponseData response = new DeleteShareGroupStateResponseData();
        StateQuestions questions = new StateQuestions(services, request, data.groupId());
        for (DeleteStateData topic : data.topics()) {
            DeleteStateResult result = new DeleteStateResult().setTopicId(topic.topicId());
            response.results().add(result);
            for (DeleteShareGroupStateRequestData.PartitionData one : topic.partitions()) {
                PartitionResult answer = new PartitionResult().setPartition(one.partition());
                result.partitions().add(answer);
                ShareKey key = questions.key(topic.topicId(), one.partition());
                questions.ask(
                        key,
                        new ShareCommand.Delete(key),
                        error -> answer.setErrorCode(error.code()));
            }
        }
        questions.go(() -> request.reply(response));
    }

    private void deleteAll(KafkaRequest request, String group) {
        services.shares()
                .known()
                .askAllHere(
                        new ShareCommand.DeleteGroup(group),
                        request.loop(),
                        replies ->
                                request.guarded(() -> {
                                    DeleteShareGroupStateResponseData response =
                                            new DeleteShareGroupStateResponseData();
                                    for (Reply<ShareReply> reply : replies) {
                                        if (reply
                                                instanceof
                                                Reply.Refused<ShareReply>(ErrorCode error)) {
                                            response.results().add(refused(error));
                                        }
                                    }
                                    request.reply(response);
                                }));
    }

    private static DeleteStateResult refused(ErrorCode error) {
        DeleteStateResult result = new DeleteStateResult();
        result.partitions()
                .add(new PartitionResult().setPartition(NO_PARTITION).setErrorCode(error.code()));
        return result;
    }
}
