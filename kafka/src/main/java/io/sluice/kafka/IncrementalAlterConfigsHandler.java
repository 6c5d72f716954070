package io.sluice.kafka;

import io.sluice.core.controller.ControllerCommand.ConfigOperation;
import io.sluice.core.controller.ControllerCommand.OperationType;
import io.sluice.core.controller.ControllerReply.Outcome;
import io.sluice.core.model.ErrorCode;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData;
import org.apache.kafka.common.message.IncrementalAlterConfigsResponseData;
import org.apache.kafka.common.protocol.ApiKeys;

/** IncrementalAlterConfigs, all versions (KIP-339). */
final class IncrementalAlterConfigsHandler implements ApiHandler {

    private static final OperationType[] OPERATIONS = {
        OperationType.SET, OperationType.DELETE, OperationType.APPEND, OperationType.SUBTRACT
    };

    private final KafkaServices services;

    IncrementalAlterConfigsHandler(KafkaServices services) {
        this.services = services;
    }

    @Override
    public ApiKeys api() {
        return ApiKeys.INCREMENTAL_ALTER_CONFIGS;
    }

    @Override
    public void handle(KafkaRequest request) {
        IncrementalAlterConfigsRequestData data =
                request.message(IncrementalAlterConfigsRequestData.class);
        ConfigChanges changes = new ConfigChanges(services);
        List<IncrementalAlterConfigsRequestData.AlterConfigsResource> resources =
                new ArrayList<>(data.resources());
        for (IncrementalAlterConfigsRequestData.AlterConfigsResource resource : resources) {
            changes.add(
                    resource.resourceType(), resource.resourceName(), operations(resource), false);
        }
        changes.submit(
                request,
                data.validateOnly(),
                outcomes -> request.reply(answer(resources, outcomes)));
    }

    private static List<ConfigOperation> operations(
            IncrementalAlterConfigsRequestData.AlterConfigsResource resource) {
        List<ConfigOperation> operations = new ArrayList<>();
        for (IncrementalAlterConfigsRequestData.AlterableConfig config : resource.configs()) {
            int type = config.configOperation();
            boolean known = type >= 0 && type < OPERATIONS.length;
            operations.add(
                    new ConfigOperation(
                            known ? OPERATIONS[type] : OperationType.SET,
                            known ? config.name() : "operation " + type + " on " + config.name(),
                            config.value() == null ? "" : config.value()));
        }
        return operations;
    }

    private static IncrementalAlterConfigsResponseData answer(
            List<IncrementalAlterConfigsRequestData.AlterConfigsResource> resources,
            List<Outcome> outcomes) {
        IncrementalAlterConfigsResponseData response = new IncrementalAlterConfigsResponseData();
        for (int i = 0; i < resources.size(); i++) {
            Outcome outcome = outcomes.get(i);
            response.responses()
                    .add(
                            new IncrementalAlterConfigsResponseData.AlterConfigsResourceResponse()
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
