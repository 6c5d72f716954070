package io.sluice.kafka;

import io.sluice.core.config.ResolvedValue;
import io.sluice.core.controller.ControllerCommand;
import io.sluice.core.controller.ControllerReply.Outcome;
import io.sluice.core.controller.TopicImage;
import io.sluice.core.model.ErrorCode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.common.message.CreateTopicsRequestData;
import org.apache.kafka.common.message.CreateTopicsResponseData;
import org.apache.kafka.common.protocol.ApiKeys;

/** CreateTopics, all versions: with assignment or numbers, with settings, or only checking. */
final class CreateTopicsHandler implements ApiHandler {

    private final KafkaServices services;

    CreateTopicsHandler(KafkaServices services) {
        this.services = services;
    }

    @Override
    public ApiKeys api() {
        return ApiKeys.CREATE_TOPICS;
    }

    @Override
    public void handle(KafkaRequest request) {
        CreateTopicsRequestData data = request.message(CreateTopicsRequestData.class);
        List<ControllerCommand.NewTopic> topics = new ArrayList<>();
        List<String> names = new ArrayList<>();
        for (CreateTopicsRequestData.CreatableTopic topic : data.topics()) {
            topics.add(newTopic(topic));
            names.add(topic.name());
        }
        services.metadata()
                .submit(
                        new ControllerCommand.CreateTopics(topics, data.validateOnly()),
                        request.loop(),
                        reply ->
                                TopicNames.awaitOpen(
                                        services,
                                        request,
                                        names,
                                        () ->
                                                request.reply(
                                                        answer(
                                                                names,
                                                                reply.outcomes(),
                                                                data.validateOnly()))));
    }

    private ControllerCommand.NewTopic newTopic(CreateTopicsRequestData.CreatableTopic topic) {
        Map<Integer, List<Integer>> assignment = new TreeMap<>();
        topic.assignments().forEach(one -> assignment.put(one.partitionIndex(), one.brokerIds()));
        Map<String, String> configs = new TreeMap<>();
        topic.configs()
                .forEach(config ->
                        configs.put(config.name(), config.value() == null ? "" : config.value()));
        return new ControllerCommand.NewTopic(
                topic.name(),
                services.identities().get(),
                topic.numPartitions(),
                topic.replicationFactor(),
                assignment,
                configs);
    }

    private CreateTopicsResponseData answer(
            List<String> names, List<Outcome> outcomes, boolean validateOnly) {
        CreateTopicsResponseData response = new CreateTopicsResponseData();
        for (int i = 0; i < names.size(); i++) {
            Outcome outcome = outcomes.get(i);
            CreateTopicsResponseData.CreatableTopicResult result =
                    new CreateTopicsResponseData.CreatableTopicResult()
                            .setName(names.get(i))
                            .setErrorCode(outcome.error().code())
                            .setErrorMessage(
                                    outcome.error() == ErrorCode.NONE ? null : outcome.detail());
            outcome.topic().ifPresent(topic -> describe(topic, result, validateOnly));
            response.topics().add(result);
        }
        return response;
    }

    private void describe(
            TopicImage topic,
            CreateTopicsResponseData.CreatableTopicResult result,
            boolean validateOnly) {
        if (!validateOnly) {
            result.setTopicId(Ids.toKafka(topic.id()));
        }
        result.setNumPartitions(topic.partitions().size())
                .setReplicationFactor((short) topic.partitions().getFirst().replicas().size());
        List<CreateTopicsResponseData.CreatableTopicConfigs> configs = new ArrayList<>();
        for (ResolvedValue value :
                services.configs()
                        .describeTopic(
                                topic.configs(), services.metadata().image().brokerConfigs())) {
            configs.add(
                    new CreateTopicsResponseData.CreatableTopicConfigs()
                            .setName(value.key().name())
                            .setValue(value.value().orElse(null))
                            .setReadOnly(value.readOnly())
                            .setConfigSource(DescribeConfigsHandler.source(value.source())));
        }
        result.setConfigs(configs);
    }
}
