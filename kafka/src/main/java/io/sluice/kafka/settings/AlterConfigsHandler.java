package io.sluice.kafka.settings;

import io.sluice.core.controller.ControllerCommand.ConfigOperation;
import io.sluice.core.controller.ControllerCommand.OperationType;
import io.sluice.core.controller.ControllerReply.Outcome;
import io.sluice.core.model.ErrorCode;
import io.sluice.kafka.api.KafkaServices;
import io.sluice.kafka.codec.Api;
import io.sluice.kafka.connection.ApiHandler;
import io.sluice.kafka.connection.KafkaRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.common.message.AlterConfigsRequestData;
import org.apache.kafka.common.message.AlterConfigsRequestData.AlterConfigsResource;
import org.apache.kafka.common.message.AlterConfigsRequestData.AlterableConfig;
import org.apache.kafka.common.message.AlterConfigsResponseData;
import org.apache.kafka.common.message.AlterConfigsResponseData.AlterConfigsResourceResponse;

/** AlterConfigs, versions 0 to 2 (KIP-133): replaces every value of a resource by those given. */
public final class AlterConfigsHandler implements ApiHandler {

    private final KafkaServices services;

    public AlterConfigsHandler(KafkaServices services) {
        this.services = services;
    }

    @Override
    public Api api() {
        return Api.ALTER_CONFIGS;
    }

    @Override
    public void handle(KafkaRequest request) {
        AlterConfigsRequestData data = request.message(AlterConfigsRequestData.class);
        ConfigChanges changes = new ConfigChanges(services);
        List<AlterConfigsResource> resources = new ArrayList<>(data.resources());
        for (AlterConfigsResource resource : resources) {
            List<ConfigOperation> operations = new ArrayList<>();
            Optional<String> fault = Optional.empty();
            for (AlterableConfig config : resource.configs()) {
                String value = config.value();
                if (value == null) {
                    fault = Optional.of(config.name() + " has no value: give one or leave it out");
                } else {
                    operations.add(new ConfigOperation(OperationType.SET, config.name(), value));
                }
            }
            changes.add(resource.resourceType(), resource.resourceName(), operations, true, fault);
        }
        changes.submit(
                request,
                data.validateOnly(),
                outcomes -> request.reply(answer(resources, outcomes)));
    }

    private static AlterConfigsResponseData answer(
            List<AlterConfigsResource> resources, List<Outcome> outcomes) {
        AlterConfigsResponseData response = new AlterConfigsResponseData();
        for (int i = 0; i < resources.size(); i++) {
            Outcome outcome = outcomes.get(i);
            boolean done = outcome.error() == ErrorCode.NONE;
            response.responses()
                    .add(
                            new AlterConfigsResourceResponse()
                                    .setResourceType(resources.get(i).resourceType())
                                    .setResourceName(resources.get(i).resourceName())
                                    .setErrorCode(outcome.error().code())
                                    .setErrorMessage(done ? null : outcome.detail()));
        }
        return response;
    }
}
