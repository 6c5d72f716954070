package io.sluice.kafka.share;

import io.sluice.core.controller.TopicImage;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.share.ShareKey;
import io.sluice.core.share.ShareReply.Summary;
import io.sluice.engine.loop.AllAnswered;
import io.sluice.kafka.api.KafkaServices;
import io.sluice.kafka.codec.Api;
import io.sluice.kafka.codec.Ids;
import io.sluice.kafka.connection.ApiHandler;
import io.sluice.kafka.connection.KafkaRequest;
import java.util.Map;
import org.apache.kafka.common.message.DeleteShareGroupOffsetsRequestData;
import org.apache.kafka.common.message.DeleteShareGroupOffsetsRequestData.DeleteShareGroupOffsetsRequestTopic;
import org.apache.kafka.common.message.DeleteShareGroupOffsetsResponseData;
import org.apache.kafka.common.message.DeleteShareGroupOffsetsResponseData.DeleteShareGroupOffsetsResponseTopic;

/**
 * DeleteShareGroupOffsets, version 0 (KIP-932): a group without members forgets its queues of a
 * topic. Asked of the group's coordinator.
 */
public final class DeleteShareGroupOffsetsHandler implements ApiHandler {

    private final KafkaServices services;

    public DeleteShareGroupOffsetsHandler(KafkaServices services) {
        this.services = services;
    }

    @Override
    public Api api() {
        return Api.DELETE_SHARE_GROUP_OFFSETS;
    }

    @Override
    public void handle(KafkaRequest request) {
        DeleteShareGroupOffsetsRequestData data =
                request.message(DeleteShareGroupOffsetsRequestData.class);
        EmptyGroup.ask(
                services,
                request,
                data.groupId(),
                queues -> delete(request, data, queues),
                error ->
                        request.reply(
                                new DeleteShareGroupOffsetsResponseData()
                                        .setErrorCode(error.code())));
    }

    private void delete(
            KafkaRequest request,
            DeleteShareGroupOffsetsRequestData data,
            Map<ShareKey, Summary> queues) {
        DeleteShareGroupOffsetsResponseData response = new DeleteShareGroupOffsetsResponseData();
        AllAnswered all = new AllAnswered();
        for (DeleteShareGroupOffsetsRequestTopic wanted : data.topics()) {
            TopicImage topic = services.metadata().image().topics().get(wanted.topicName());
            DeleteShareGroupOffsetsResponseTopic answer =
                    new DeleteShareGroupOffsetsResponseTopic().setTopicName(wanted.topicName());
            response.responses().add(answer);
            if (topic == null) {
                answer.setErrorCode(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION.code());
                continue;
            }
            answer.setTopicId(Ids.toKafka(topic.id()));
            for (ShareKey key : queues.keySet()) {
                if (key.topicId().equals(topic.id())) {
                    all.ask(done -> delete(request, key, answer, done));
                }
            }
        }
        all.then(() -> request.reply(response));
    }

    private void delete(
            KafkaRequest request,
            ShareKey key,
            DeleteShareGroupOffsetsResponseTopic answer,
            Runnable done) {
        services.shares()
                .known()
                .delete(
                        key,
                        request.loop(),
                        error ->
                                request.guarded(() -> {
                                    if (error != ErrorCode.NONE) {
                                        answer.setErrorCode(error.code());
                                    }
                                    done.run();
                                }));
    }
}
