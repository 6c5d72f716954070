package io.sluice.kafka;

import io.sluice.core.config.ConfigKey;
import io.sluice.core.config.ResolvedValue;
import io.sluice.core.controller.ClusterImage;
import io.sluice.core.controller.TopicImage;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.message.DescribeConfigsRequestData;
import org.apache.kafka.common.message.DescribeConfigsResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.DescribeConfigsResponse;

/** DescribeConfigs, all versions: topics and brokers, with synonyms, sources and documentation. */
final class DescribeConfigsHandler implements ApiHandler {

    private final KafkaServices services;

    DescribeConfigsHandler(KafkaServices services) {
        this.services = services;
    }

    @Override
    public ApiKeys api() {
        return ApiKeys.DESCRIBE_CONFIGS;
    }

    @Override
    public void handle(KafkaRequest request) {
        DescribeConfigsRequestData data = request.message(DescribeConfigsRequestData.class);
        DescribeConfigsResponseData response = new DescribeConfigsResponseData();
        for (DescribeConfigsRequestData.DescribeConfigsResource resource : data.resources()) {
            response.results().add(describe(resource, data));
        }
        request.reply(response);
    }

    private DescribeConfigsResponseData.DescribeConfigsResult describe(
            DescribeConfigsRequestData.DescribeConfigsResource resource,
            DescribeConfigsRequestData data) {
        DescribeConfigsResponseData.DescribeConfigsResult result =
                new DescribeConfigsResponseData.DescribeConfigsResult()
                        .setResourceType(resource.resourceType())
                        .setResourceName(resource.resourceName());
        ClusterImage image = services.metadata().image();
        switch (ConfigResource.Type.forId(resource.resourceType())) {
            case TOPIC -> {
                TopicImage topic = image.topics().get(resource.resourceName());
                if (topic == null) {
                    fail(
                            result,
                            Errors.UNKNOWN_TOPIC_OR_PARTITION,
                            "there is no topic " + resource.resourceName());
                } else {
                    fill(
                            result,
                            services.configs()
                                    .describeTopic(topic.configs(), image.brokerConfigs()),
                            resource,
                            data);
                }
            }
            case BROKER -> describeBroker(resource, data, image, result);
            default ->
                    fail(
                            result,
                            Errors.INVALID_REQUEST,
                            "settings of resource type %d are not served"
                                    .formatted(resource.resourceType()));
        }
        return result;
    }

    private void describeBroker(
            DescribeConfigsRequestData.DescribeConfigsResource resource,
            DescribeConfigsRequestData data,
            ClusterImage image,
            DescribeConfigsResponseData.DescribeConfigsResult result) {
        String name = resource.resourceName();
        if (!name.isEmpty() && !name.equals(Integer.toString(services.brokerId()))) {
            fail(
                    result,
                    Errors.INVALID_REQUEST,
                    "this is broker %d, not %s".formatted(services.brokerId(), name));
            return;
        }
        Optional<Integer> id = name.isEmpty() ? Optional.empty() : Optional.of(services.brokerId());
        fill(result, services.configs().describeBroker(id, image.brokerConfigs()), resource, data);
    }

    private static void fail(
            DescribeConfigsResponseData.DescribeConfigsResult result,
            Errors error,
            String message) {
        result.setErrorCode(error.code()).setErrorMessage(message);
    }

    private static void fill(
            DescribeConfigsResponseData.DescribeConfigsResult result,
            List<ResolvedValue> values,
            DescribeConfigsRequestData.DescribeConfigsResource resource,
            DescribeConfigsRequestData data) {
        List<DescribeConfigsResponseData.DescribeConfigsResourceResult> configs = new ArrayList<>();
        for (ResolvedValue value : values) {
            List<String> wanted = resource.configurationKeys();
            if (wanted != null && !wanted.isEmpty() && !wanted.contains(value.key().name())) {
                continue;
            }
            DescribeConfigsResponseData.DescribeConfigsResourceResult config =
                    new DescribeConfigsResponseData.DescribeConfigsResourceResult()
                            .setName(value.key().name())
                            .setValue(value.value().orElse(null))
                            .setReadOnly(value.readOnly())
                            .setConfigSource(source(value.source()))
                            .setConfigType(type(value.key().type()).id());
            if (data.includeDocumentation()) {
                config.setDocumentation(value.key().documentation());
            }
            if (data.includeSynonyms()) {
                value.synonyms().forEach(synonym -> config.synonyms().add(synonym(synonym)));
            }
            configs.add(config);
        }
        result.setConfigs(configs);
    }

    private static DescribeConfigsResponseData.DescribeConfigsSynonym synonym(
            ResolvedValue.Synonym synonym) {
        return new DescribeConfigsResponseData.DescribeConfigsSynonym()
                .setName(synonym.name())
                .setValue(synonym.value())
                .setSource(source(synonym.source()));
    }

    static byte source(ResolvedValue.Source source) {
        return switch (source) {
            case DYNAMIC_TOPIC_CONFIG -> DescribeConfigsResponse.ConfigSource.TOPIC_CONFIG.id();
            case DYNAMIC_BROKER_CONFIG ->
                    DescribeConfigsResponse.ConfigSource.DYNAMIC_BROKER_CONFIG.id();
            case DYNAMIC_DEFAULT_BROKER_CONFIG ->
                    DescribeConfigsResponse.ConfigSource.DYNAMIC_DEFAULT_BROKER_CONFIG.id();
            case STATIC_BROKER_CONFIG ->
                    DescribeConfigsResponse.ConfigSource.STATIC_BROKER_CONFIG.id();
            case DEFAULT_CONFIG -> DescribeConfigsResponse.ConfigSource.DEFAULT_CONFIG.id();
        };
    }

    private static DescribeConfigsResponse.ConfigType type(ConfigKey.Type type) {
        return switch (type) {
            case BOOLEAN -> DescribeConfigsResponse.ConfigType.BOOLEAN;
            case STRING -> DescribeConfigsResponse.ConfigType.STRING;
            case INT -> DescribeConfigsResponse.ConfigType.INT;
            case LONG -> DescribeConfigsResponse.ConfigType.LONG;
            case DOUBLE -> DescribeConfigsResponse.ConfigType.DOUBLE;
            case LIST -> DescribeConfigsResponse.ConfigType.LIST;
        };
    }
}
