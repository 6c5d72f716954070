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
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData.AlterConfigsResource;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData.AlterableConfig;
import org.apache.kafka.common.message.IncrementalAlterConfigsResponseData;
import org.apache.kafka.common.message.IncrementalAlterConfigsResponseData.AlterConfigsResourceResponse;

/** IncrementalAlterConfigs, versions 0 and 1 (KIP-339). */
public final class IncrementalAlterConfigsHandler implements ApiHandler {

    /** By their numbers on the wire. */
    private static final OperationType[] OPERATIONS = {
        OperationType.SET, OperationType.DELETE, OperationType.APPEND, OperationType.SUBTRACT
    };

    private final KafkaServices services;

    public IncrementalAlterConfigsHandler(KafkaServices services) {
        this.services = services;
    }

    @Override
    public Api api() {
        return Api.INCREMENTAL_ALTER_CONFIGS;
    }

    @Override
    public void handle(KafkaRequest request) {
        IncrementalAlterConfigsRequestData data =
                request.message(IncrementalAlterConfigsRequestData.class);
        ConfigChanges changes = new ConfigChanges(services);
        List<AlterConfigsResource> resources = new ArrayList<>(data.resources());
        for (AlterConfigsResource resource : resources) {
            List<ConfigOperation> operations = new ArrayList<>();
            Optional<String> fault = read(resource, operations);
            changes.add(resource.resourceType(), resource.resourceName(), operations, false, fault);
        }
        changes.submit(
                request,
                data.validateOnly(),
                outcomes -> request.reply(answer(resources, outcomes)));
    }

    private static Optional<String> read(
            AlterConfigsResource resource, List<ConfigOperation> operations) {
        for (AlterableConfig config : resource.configs()) {
            int type = config.configOperation();
            if (type < 0 || type >= OPERATIONS.length) {
                return Optional.of(
                        "operation %d on %s: use 0 to 3, set, delete, append or subtract"
                                .formatted(type, config.name()));
            }
            String value = config.value();
            if (value == null && OPERATIONS[type] != OperationType.DELETE) {
                return Optional.of(config.name() + " has no value: give one, or delete it");
            }
            operations.add(
                    new ConfigOperation(
                            OPERATIONS[type], config.name(), value == null ? "" : value));
        }
        return Optional.empty();
    }

    private static IncrementalAlterConfigsResponseData answer(
            List<AlterConfigsResource> resources, List<Outcome> outcomes) {
        IncrementalAlterConfigsResponseData response = new IncrementalAlterConfigsResponseData();
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
