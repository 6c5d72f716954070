package io.sluice.kafka.topics;

import io.sluice.core.controller.ControllerCommand;
import io.sluice.core.controller.ControllerCommand.TopicRef;
import io.sluice.core.controller.ControllerReply.Outcome;
import io.sluice.core.controller.TopicImage;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.Uuid;
import io.sluice.kafka.api.KafkaServices;
import io.sluice.kafka.codec.Api;
import io.sluice.kafka.codec.Ids;
import io.sluice.kafka.connection.ApiHandler;
import io.sluice.kafka.connection.KafkaRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.message.DeleteTopicsRequestData;
import org.apache.kafka.common.message.DeleteTopicsRequestData.DeleteTopicState;
import org.apache.kafka.common.message.DeleteTopicsResponseData;
import org.apache.kafka.common.message.DeleteTopicsResponseData.DeletableTopicResult;

/** DeleteTopics, versions 1 to 6: by name, or by identity (KIP-516). */
public final class DeleteTopicsHandler implements ApiHandler {

    private final KafkaServices services;

    public DeleteTopicsHandler(KafkaServices services) {
        this.services = services;
    }

    @Override
    public Api api() {
        return Api.DELETE_TOPICS;
    }

    @Override
    public void handle(KafkaRequest request) {
        DeleteTopicsRequestData data = request.message(DeleteTopicsRequestData.class);
        DeleteTopicsResponseData response = new DeleteTopicsResponseData();
        List<TopicRef> named = new ArrayList<>();
        for (String name : data.topicNames()) {
            named.add(new TopicRef(Optional.of(name), Uuid.ZERO));
        }
        for (DeleteTopicState topic : data.topics()) {
            TopicRef ref =
                    new TopicRef(Optional.ofNullable(topic.name()), Ids.fromKafka(topic.topicId()));
            if (ref.name().isPresent() == ref.id().equals(Uuid.ZERO)) {
                named.add(ref);
            } else {
                response.responses()
                        .add(
                                result(ref, Optional.empty())
                                        .setErrorCode(ErrorCode.INVALID_REQUEST.code())
                                        .setErrorMessage("give either a name or an identity"));
            }
        }
        List<TopicRef> refs = new ArrayList<>();
        for (TopicRef ref : named) {
            if (isInternal(ref)) {
                response.responses()
                        .add(
                                result(ref, Optional.empty())
                                        .setErrorCode(ErrorCode.INVALID_REQUEST.code())
                                        .setErrorMessage("the broker keeps its own state in it"));
            } else {
                refs.add(ref);
            }
        }
        if (refs.isEmpty()) {
            request.reply(response);
            return;
        }
        services.metadata()
                .submit(
                        new ControllerCommand.DeleteTopics(refs),
                        request.loop(),
                        reply ->
                                request.guarded(() -> {
                                    addResults(refs, reply.outcomes(), response);
                                    request.reply(response);
                                }));
    }

    private boolean isInternal(TopicRef ref) {
        TopicImage topic = services.metadata().image().topicsById().get(ref.id());
        return Topic.isInternal(ref.name().orElse(topic == null ? "" : topic.name()));
    }

    private static void addResults(
            List<TopicRef> refs, List<Outcome> outcomes, DeleteTopicsResponseData response) {
        for (int i = 0; i < refs.size(); i++) {
            Outcome outcome = outcomes.get(i);
            DeletableTopicResult result = result(refs.get(i), outcome.topic());
            if (outcome.error() != ErrorCode.NONE) {
                result.setErrorCode(outcome.error().code()).setErrorMessage(outcome.detail());
            }
            response.responses().add(result);
        }
    }

    private static DeletableTopicResult result(TopicRef ref, Optional<TopicImage> topic) {
        return new DeletableTopicResult()
                .setName(topic.map(TopicImage::name).or(ref::name).orElse(null))
                .setTopicId(Ids.toKafka(topic.map(TopicImage::id).orElse(ref.id())));
    }
}
