package io.sluice.kafka.settings;

import io.sluice.core.config.ConfigKey;
import io.sluice.core.config.ResolvedValue;
import io.sluice.core.controller.ClusterImage;
import io.sluice.core.controller.TopicImage;
import io.sluice.core.model.ErrorCode;
import io.sluice.kafka.api.ConfigSources;
import io.sluice.kafka.api.KafkaServices;
import io.sluice.kafka.codec.Api;
import io.sluice.kafka.connection.ApiHandler;
import io.sluice.kafka.connection.KafkaRequest;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.kafka.common.message.DescribeConfigsRequestData;
import org.apache.kafka.common.message.DescribeConfigsRequestData.DescribeConfigsResource;
import org.apache.kafka.common.message.DescribeConfigsResponseData;
import org.apache.kafka.common.message.DescribeConfigsResponseData.DescribeConfigsResourceResult;
import org.apache.kafka.common.message.DescribeConfigsResponseData.DescribeConfigsResult;
import org.apache.kafka.common.message.DescribeConfigsResponseData.DescribeConfigsSynonym;

/**
 * DescribeConfigs, versions 1 to 4 (KIP-133, KIP-226, KIP-569): topics and brokers, with synonyms,
 * sources, types and documentation. The empty broker name stands for the values all brokers share.
 */
public final class DescribeConfigsHandler implements ApiHandler {

    /** Resources of one request: each is answered with all its settings. */
    private static final int MAX_RESOURCES = 10_000;

    private final KafkaServices services;

    public DescribeConfigsHandler(KafkaServices services) {
        this.services = services;
    }

    private record Resource(byte type, String name) {}

    @Override
    public Api api() {
        return Api.DESCRIBE_CONFIGS;
    }

    @Override
    public void handle(KafkaRequest request) {
        DescribeConfigsRequestData data = request.message(DescribeConfigsRequestData.class);
        DescribeConfigsResponseData response = new DescribeConfigsResponseData();
        Set<Resource> seen = new HashSet<>();
        DescribeConfigsResult balance = null;
        for (DescribeConfigsResource one : data.resources()) {
            if (seen.add(new Resource(one.resourceType(), one.resourceName()))) {
                DescribeConfigsResult result = describe(one, data, seen.size());
                response.results().add(result);
                balance = BalanceReading.asks(one) ? result : balance;
            }
        }
        if (balance == null) {
            request.reply(response);
        } else {
            new BalanceReading(services.metadata()).read(request, balance, response);
        }
    }

    private DescribeConfigsResult describe(
            DescribeConfigsResource resource, DescribeConfigsRequestData data, int count) {
        DescribeConfigsResult result =
                new DescribeConfigsResult()
                        .setResourceType(resource.resourceType())
                        .setResourceName(resource.resourceName());
        if (count > MAX_RESOURCES) {
            return failed(
                    result,
                    ErrorCode.INVALID_REQUEST,
                    "more than %d resources at once: ask for less".formatted(MAX_RESOURCES));
        }
        return switch (resource.resourceType()) {
            case ConfigChanges.TOPIC -> describeTopic(resource, data, result);
            case ConfigChanges.BROKER -> describeBroker(resource, data, result);
            case ConfigChanges.GROUP -> describeGroup(resource, data, result);
            case BalanceReading.TYPE ->
                    BalanceReading.asks(resource)
                            ? result
                            : failed(
                                    result,
                                    ErrorCode.INVALID_REQUEST,
                                    ConfigChanges.notServed(resource.resourceType()));
            default ->
                    failed(
                            result,
                            ErrorCode.INVALID_REQUEST,
                            ConfigChanges.notServed(resource.resourceType()));
        };
    }

    private DescribeConfigsResult describeTopic(
            DescribeConfigsResource resource,
            DescribeConfigsRequestData data,
            DescribeConfigsResult result) {
        ClusterImage image = services.metadata().image();
        TopicImage topic = image.topics().get(resource.resourceName());
        if (topic == null) {
            return failed(
                    result,
                    ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
                    "there is no topic " + resource.resourceName());
        }
        List<ResolvedValue> values =
                services.configs().describeTopic(topic.configs(), image.brokerConfigs());
        return filled(result, values, resource, data);
    }

    private DescribeConfigsResult describeBroker(
            DescribeConfigsResource resource,
            DescribeConfigsRequestData data,
            DescribeConfigsResult result) {
        String name = resource.resourceName();
        if (!name.isEmpty() && !name.equals(Integer.toString(services.brokerId()))) {
            return failed(
                    result,
                    ErrorCode.INVALID_REQUEST,
                    "this is broker %d, not %s: ask that one".formatted(services.brokerId(), name));
        }
        Optional<Integer> id = name.isEmpty() ? Optional.empty() : Optional.of(services.brokerId());
        List<ResolvedValue> values =
                services.configs().describeBroker(id, services.metadata().image().brokerConfigs());
        return filled(result, values, resource, data);
    }

    private DescribeConfigsResult describeGroup(
            DescribeConfigsResource resource,
            DescribeConfigsRequestData data,
            DescribeConfigsResult result) {
        if (resource.resourceName().isEmpty()) {
            return failed(result, ErrorCode.INVALID_REQUEST, "the group has no name: name one");
        }
        ClusterImage image = services.metadata().image();
        SortedMap<String, String> own =
                image.groupConfigs().getOrDefault(resource.resourceName(), new TreeMap<>());
        return filled(
                result,
                services.configs().describeGroup(own, image.brokerConfigs()),
                resource,
                data);
    }

    private static DescribeConfigsResult failed(
            DescribeConfigsResult result, ErrorCode error, String message) {
        return result.setErrorCode(error.code()).setErrorMessage(message);
    }

    private static DescribeConfigsResult filled(
            DescribeConfigsResult result,
            List<ResolvedValue> values,
            DescribeConfigsResource resource,
            DescribeConfigsRequestData data) {
        List<DescribeConfigsResourceResult> configs = new ArrayList<>();
        List<String> wanted = resource.configurationKeys();
        Set<String> only = wanted == null ? Set.of() : new HashSet<>(wanted);
        for (ResolvedValue value : values) {
            if (only.isEmpty() || only.contains(value.key().name())) {
                configs.add(describe(value, data));
            }
        }
        return result.setConfigs(configs);
    }

    private static DescribeConfigsResourceResult describe(
            ResolvedValue value, DescribeConfigsRequestData data) {
        DescribeConfigsResourceResult config =
                new DescribeConfigsResourceResult()
                        .setName(value.key().name())
                        .setValue(value.value().orElse(null))
                        .setReadOnly(value.readOnly())
                        .setConfigSource(ConfigSources.number(value.source()))
                        .setConfigType(type(value.key().type()));
        if (data.includeDocumentation()) {
            config.setDocumentation(value.key().documentation());
        }
        if (data.includeSynonyms()) {
            for (ResolvedValue.Synonym synonym : value.synonyms()) {
                config.synonyms()
                        .add(
                                new DescribeConfigsSynonym()
                                        .setName(synonym.name())
                                        .setValue(synonym.value())
                                        .setSource(ConfigSources.number(synonym.source())));
            }
        }
        return config;
    }

    /** The type as a number on the wire (KIP-569). */
    private static byte type(ConfigKey.Type type) {
        return switch (type) {
            case BOOLEAN -> 1;
            case STRING -> 2;
            case INT -> 3;
            case LONG -> 5;
            case DOUBLE -> 6;
            case LIST -> 7;
        };
    }
}
