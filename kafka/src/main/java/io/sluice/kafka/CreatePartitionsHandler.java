package io.sluice.kafka;

import io.sluice.core.controller.ControllerCommand;
import io.sluice.core.controller.ControllerReply.Outcome;
import io.sluice.core.model.ErrorCode;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.message.CreatePartitionsRequestData;
import org.apache.kafka.common.message.CreatePartitionsResponseData;
import org.apache.kafka.common.protocol.ApiKeys;

/** CreatePartitions, all versions. */
final class CreatePartitionsHandler implements ApiHandler {

    private final KafkaServices services;

    CreatePartitionsHandler(KafkaServices services) {
        this.services = services;
    }

    @Override
    public ApiKeys api() {
        return ApiKeys.CREATE_PARTITIONS;
    }

    @Override
    public void handle(KafkaRequest request) {
        CreatePartitionsRequestData data = request.message(CreatePartitionsRequestData.class);
        List<ControllerCommand.NewPartitions> topics = new ArrayList<>();
        List<String> names = new ArrayList<>();
        for (CreatePartitionsRequestData.CreatePartitionsTopic topic : data.topics()) {
            List<List<Integer>> assignments = new ArrayList<>();
            if (topic.assignments() != null) {
                topic.assignments().forEach(one -> assignments.add(one.brokerIds()));
            }
            topics.add(
                    new ControllerCommand.NewPartitions(topic.name(), topic.count(), assignments));
            names.add(topic.name());
        }
        services.metadata()
                .submit(
                        new ControllerCommand.CreatePartitions(topics, data.validateOnly()),
                        request.loop(),
                        reply ->
                                TopicNames.awaitOpen(
                                        services,
                                        request,
                                        names,
                                        () -> request.reply(answer(names, reply.outcomes()))));
    }

    private static CreatePartitionsResponseData answer(List<String> names, List<Outcome> outcomes) {
        CreatePartitionsResponseData response = new CreatePartitionsResponseData();
        for (int i = 0; i < names.size(); i++) {
            Outcome outcome = outcomes.get(i);
            response.results()
                    .add(
                            new CreatePartitionsResponseData.CreatePartitionsTopicResult()
                                    .setName(names.get(i))
                                    .setErrorCode(outcome.error().code())
                                    .setErrorMessage(
                                            outcome.error() == ErrorCode.NONE
                                                    ? null
                                                    : outcome.detail()));
        }
        return response;
    }
}
