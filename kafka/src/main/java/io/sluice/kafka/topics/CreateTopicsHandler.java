package io.sluice.kafka.topics;

import io.sluice.core.config.ResolvedValue;
import io.sluice.core.controller.ControllerCommand;
import io.sluice.core.controller.ControllerReply.Outcome;
import io.sluice.core.controller.TopicImage;
import io.sluice.core.model.ErrorCode;
import io.sluice.kafka.api.ConfigSources;
import io.sluice.kafka.api.KafkaServices;
import io.sluice.kafka.codec.Api;
import io.sluice.kafka.codec.Ids;
import io.sluice.kafka.connection.ApiHandler;
import io.sluice.kafka.connection.KafkaRequest;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.common.message.CreateTopicsRequestData;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableReplicaAssignment;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableTopic;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableTopicConfig;
import org.apache.kafka.common.message.CreateTopicsResponseData;
import org.apache.kafka.common.message.CreateTopicsResponseData.CreatableTopicConfigs;
import org.apache.kafka.common.message.CreateTopicsResponseData.CreatableTopicResult;

/**
 * CreateTopics, versions 2 to 7: with assignment or numbers, with settings, or only checking. The
 * answer comes when the topics can be used, with their settings (KIP-525) and identities (KIP-516).
 */
public final class CreateTopicsHandler implements ApiHandler {

    /** Topics of one request: each is answered with all its settings. */
    private static final int MAX_TOPICS = 10_000;

    private final KafkaServices services;
    private final NewTopics newTopics;

    public CreateTopicsHandler(KafkaServices services) {
        this.services = services;
        this.newTopics = new NewTopics(services);
    }

    @Override
    public Api api() {
        return Api.CREATE_TOPICS;
    }

    @Override
    public void handle(KafkaRequest request) {
        CreateTopicsRequestData data = request.message(CreateTopicsRequestData.class);
        Map<String, CreatableTopicResult> results = new TreeMap<>();
        List<ControllerCommand.NewTopic> topics = new ArrayList<>();
        List<String> names = new ArrayList<>();
        Set<String> twice = namedTwice(data);
        for (CreatableTopic topic : data.topics()) {
            String fault = fault(topic, twice, names.size());
            if (fault.isEmpty()) {
                topics.add(newTopic(topic));
                names.add(topic.name());
            } else {
                results.put(topic.name(), refused(topic.name(), ErrorCode.INVALID_REQUEST, fault));
            }
        }
        if (names.isEmpty()) {
            reply(request, results);
            return;
        }
        services.metadata()
                .submit(
                        new ControllerCommand.CreateTopics(topics, data.validateOnly()),
                        request.loop(),
                        reply ->
                                request.guarded(() -> {
                                    addResults(
                                            names, reply.outcomes(), data.validateOnly(), results);
                                    List<String> made = data.validateOnly() ? List.of() : names;
                                    newTopics.awaitOpen(
                                            request, made, () -> reply(request, results));
                                }));
    }

    private static Set<String> namedTwice(CreateTopicsRequestData data) {
        Set<String> seen = new HashSet<>();
        Set<String> twice = new HashSet<>();
        for (CreatableTopic topic : data.topics()) {
            if (!seen.add(topic.name())) {
                twice.add(topic.name());
            }
        }
        return twice;
    }

    /** What is wrong with the form of the request, or nothing. */
    private static String fault(CreatableTopic topic, Set<String> twice, int before) {
        if (twice.contains(topic.name())) {
            return "%s is named more than once: name it once".formatted(topic.name());
        }
        if (before >= MAX_TOPICS) {
            return "more than %d topics at once: ask for less".formatted(MAX_TOPICS);
        }
        Set<Integer> partitions = new HashSet<>();
        for (CreatableReplicaAssignment one : topic.assignments()) {
            if (!partitions.add(one.partitionIndex())) {
                return "partition %d is assigned more than once".formatted(one.partitionIndex());
            }
        }
        Set<String> keys = new HashSet<>();
        for (CreatableTopicConfig config : topic.configs()) {
            if (config.value() == null) {
                return "%s has no value: give one or leave it out".formatted(config.name());
            }
            if (!keys.add(config.name())) {
                return "%s is set more than once".formatted(config.name());
            }
        }
        return "";
    }

    private ControllerCommand.NewTopic newTopic(CreatableTopic topic) {
        Map<Integer, List<Integer>> assignment = new TreeMap<>();
        topic.assignments().forEach(one -> assignment.put(one.partitionIndex(), one.brokerIds()));
        Map<String, String> configs = new TreeMap<>();
        topic.configs().forEach(config -> configs.put(config.name(), config.value()));
        return new ControllerCommand.NewTopic(
                topic.name(),
                services.identities().get(),
                topic.numPartitions(),
                topic.replicationFactor(),
                assignment,
                configs);
    }

    private void addResults(
            List<String> names,
            List<Outcome> outcomes,
            boolean validateOnly,
            Map<String, CreatableTopicResult> results) {
        for (int i = 0; i < names.size(); i++) {
            Outcome outcome = outcomes.get(i);
            String name = names.get(i);
            CreatableTopicResult result =
                    outcome.error() == ErrorCode.NONE
                            ? new CreatableTopicResult().setName(name)
                            : refused(name, outcome.error(), outcome.detail());
            outcome.topic().ifPresent(topic -> describe(topic, result, validateOnly));
            results.put(name, result);
        }
    }

    private static CreatableTopicResult refused(String name, ErrorCode error, String detail) {
        return new CreatableTopicResult()
                .setName(name)
                .setErrorCode(error.code())
                .setErrorMessage(detail);
    }

    private void describe(TopicImage topic, CreatableTopicResult result, boolean validateOnly) {
        if (!validateOnly) {
            result.setTopicId(Ids.toKafka(topic.id()));
        }
        result.setNumPartitions(topic.partitions().size())
                .setReplicationFactor((short) topic.partitions().getFirst().replicas().size());
        List<CreatableTopicConfigs> configs = new ArrayList<>();
        for (ResolvedValue value :
                services.configs()
                        .describeTopic(
                                topic.configs(), services.metadata().image().brokerConfigs())) {
            configs.add(
                    new CreatableTopicConfigs()
                            .setName(value.key().name())
                            .setValue(value.value().orElse(null))
                            .setReadOnly(value.readOnly())
                            .setConfigSource(ConfigSources.number(value.source())));
        }
        result.setConfigs(configs);
    }

    private static void reply(KafkaRequest request, Map<String, CreatableTopicResult> results) {
        CreateTopicsResponseData response = new CreateTopicsResponseData();
        results.values().forEach(response.topics()::add);
        request.reply(response);
    }
}
