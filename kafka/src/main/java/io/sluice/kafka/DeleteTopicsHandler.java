package io.sluice.kafka;

import io.sluice.core.controller.ControllerCommand;
import io.sluice.core.controller.ControllerReply.Outcome;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.Uuid;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.common.message.DeleteTopicsRequestData;
import org.apache.kafka.common.message.DeleteTopicsResponseData;
import org.apache.kafka.common.protocol.ApiKeys;

/** DeleteTopics, all versions: by name, or by identity (KIP-516). */
final class DeleteTopicsHandler implements ApiHandler {

    private final KafkaServices services;

    DeleteTopicsHandler(KafkaServices services) {
        this.services = services;
    }

    @Override
    public ApiKeys api() {
        return ApiKeys.DELETE_TOPICS;
    }

    @Override
    public void handle(KafkaRequest request) {
        DeleteTopicsRequestData data = request.message(DeleteTopicsRequestData.class);
        List<ControllerCommand.TopicRef> refs = new ArrayList<>();
        for (String name : data.topicNames()) {
            refs.add(new ControllerCommand.TopicRef(Optional.of(name), Uuid.ZERO));
        }
        for (DeleteTopicsRequestData.DeleteTopicState topic : data.topics()) {
            refs.add(
                    new ControllerCommand.TopicRef(
                            Optional.ofNullable(topic.name()), Ids.fromKafka(topic.topicId())));
        }
        services.metadata()
                .submit(
                        new ControllerCommand.DeleteTopics(refs),
                        request.loop(),
                        reply -> request.reply(answer(refs, reply.outcomes())));
    }

    private static DeleteTopicsResponseData answer(
            List<ControllerCommand.TopicRef> refs, List<Outcome> outcomes) {
        DeleteTopicsResponseData response = new DeleteTopicsResponseData();
        for (int i = 0; i < refs.size(); i++) {
            Outcome outcome = outcomes.get(i);
            ControllerCommand.TopicRef ref = refs.get(i);
            response.responses()
                    .add(
                            new DeleteTopicsResponseData.DeletableTopicResult()
                                    .setName(
                                            outcome.topic()
                                                    .map(topic -> topic.name())
                                                    .or(ref::name)
                                                    .orElse(null))
                                    .setTopicId(
                                            Ids.toKafka(
                                                    outcome.topic()
                                                            .map(topic -> topic.id())
                                                            .orElse(ref.id())))
                                    .setErrorCode(outcome.error().code())
                                    .setErrorMessage(
                                            outcome.error() == ErrorCode.NONE
                                                    ? null
                                                    : outcome.detail()));
        }
        return response;
    }
}
