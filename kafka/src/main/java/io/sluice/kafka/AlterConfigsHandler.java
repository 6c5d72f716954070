package io.sluice.kafka;

import io.sluice.core.controller.ControllerCommand.ConfigOperation;
import io.sluice.core.controller.ControllerCommand.OperationType;
import io.sluice.core.controller.ControllerReply.Outcome;
import io.sluice.core.model.ErrorCode;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.message.AlterConfigsRequestData;
import org.apache.kafka.common.message.AlterConfigsResponseData;
import org.apache.kafka.common.protocol.ApiKeys;

/** AlterConfigs, all versions: replaces every value of a resource by those given. */
final class AlterConfigsHandler implements ApiHandler {

    private final KafkaServices services;

    AlterConfigsHandler(KafkaServices services) {
        this.services = services;
    }

    @Override
    public ApiKeys api() {
        return ApiKeys.ALTER_CONFIGS;
    }

    @Override
    public void handle(KafkaRequest request) {
        AlterConfigsRequestData data = request.message(AlterConfigsRequestData.class);
        ConfigChanges changes = new ConfigChanges(services);
        List<AlterConfigsRequestData.AlterConfigsResource> resources =
                new ArrayList<>(data.resources());
        for (AlterConfigsRequestData.AlterConfigsResource resource : resources) {
            List<ConfigOperation> operations = new ArrayList<>();
            resource.configs()
                    .forEach(config ->
                            operations.add(
                                    new ConfigOperation(
                                            OperationType.SET,
                                            config.name(),
                                            config.value() == null ? "" : config.value())));
            changes.add(resource.resourceType(), resource.resourceName(), operations, true);
        }
        changes.submit(
                request,
                data.validateOnly(),
                outcomes -> request.reply(answer(resources, outcomes)));
    }

    private static AlterConfigsResponseData answer(
            List<AlterConfigsRequestData.AlterConfigsResource> resources, List<Outcome> outcomes) {
        AlterConfigsResponseData response = new AlterConfigsResponseData();
        for (int i = 0; i < resources.size(); i++) {
            Outcome outcome = outcomes.get(i);
            response.responses()
                    .add(
                            new AlterConfigsResponseData.AlterConfigsResourceResponse()
                                    .setResourceType(resources.get(i).resourceType())
                                    .setResourceName(resources.get(i).resourceName())
                                    .setErrorCode(outcome.error().code())
                                    .setErrorMessage(
                                            outcome.error() == ErrorCode.NONE
                                                    ? null
                                                    : outcome.detail()));
        }
        return response;
    }
}
