package io.sluice.kafka.topics;

import io.sluice.core.controller.ControllerCommand;
import io.sluice.core.controller.ControllerReply.Outcome;
import io.sluice.core.model.ErrorCode;
import io.sluice.kafka.api.KafkaServices;
import io.sluice.kafka.codec.Api;
import io.sluice.kafka.connection.ApiHandler;
import io.sluice.kafka.connection.KafkaRequest;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.kafka.common.message.CreatePartitionsRequestData;
import org.apache.kafka.common.message.CreatePartitionsRequestData.CreatePartitionsTopic;
import org.apache.kafka.common.message.CreatePartitionsResponseData;
import org.apache.kafka.common.message.CreatePartitionsResponseData.CreatePartitionsTopicResult;

/** CreatePartitions, versions 0 to 3 (KIP-195). */
public final class CreatePartitionsHandler implements ApiHandler {

    private final KafkaServices services;
    private final NewTopics newTopics;

    public CreatePartitionsHandler(KafkaServices services) {
        this.services = services;
        this.newTopics = new NewTopics(services);
    }

    @Override
    public Api api() {
        return Api.CREATE_PARTITIONS;
    }

    @Override
    public void handle(KafkaRequest request) {
        CreatePartitionsRequestData data = request.message(CreatePartitionsRequestData.class);
        CreatePartitionsResponseData response = new CreatePartitionsResponseData();
        List<ControllerCommand.NewPartitions> topics = new ArrayList<>();
        List<String> names = new ArrayList<>();
        Set<String> twice = namedTwice(data);
        for (CreatePartitionsTopic topic : data.topics()) {
            if (twice.contains(topic.name())) {
                continue;
            }
            List<List<Integer>> assignments = new ArrayList<>();
            if (topic.assignments() != null) {
                topic.assignments().forEach(one -> assignments.add(one.brokerIds()));
            }
            topics.add(
                    new ControllerCommand.NewPartitions(topic.name(), topic.count(), assignments));
            names.add(topic.name());
        }
        for (String name : twice) {
            response.results()
                    .add(
                            new CreatePartitionsTopicResult()
                                    .setName(name)
                                    .setErrorCode(ErrorCode.INVALID_REQUEST.code())
                                    .setErrorMessage("named more than once: name it once"));
        }
        if (names.isEmpty()) {
            request.reply(response);
            return;
        }
        services.metadata()
                .submit(
                        new ControllerCommand.CreatePartitions(topics, data.validateOnly()),
                        request.loop(),
                        reply ->
                                request.guarded(() -> {
                                    addResults(names, reply.outcomes(), response);
                                    newTopics.awaitOpen(
                                            request, names, () -> request.reply(response));
                                }));
    }

    private static Set<String> namedTwice(CreatePartitionsRequestData data) {
        Set<String> seen = new HashSet<>();
        Set<String> twice = new HashSet<>();
        for (CreatePartitionsTopic topic : data.topics()) {
            if (!seen.add(topic.name())) {
                twice.add(topic.name());
            }
        }
        return twice;
    }

    private static void addResults(
            List<String> names, List<Outcome> outcomes, CreatePartitionsResponseData response) {
        for (int i = 0; i < names.size(); i++) {
            Outcome outcome = outcomes.get(i);
            CreatePartitionsTopicResult result =
                    new CreatePartitionsTopicResult().setName(names.get(i));
            if (outcome.error() != ErrorCode.NONE) {
                result.setErrorCode(outcome.error().code()).setErrorMessage(outcome.detail());
            }
            response.results().add(result);
        }
    }
}
