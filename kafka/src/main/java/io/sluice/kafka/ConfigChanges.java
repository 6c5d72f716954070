package io.sluice.kafka;

import io.sluice.core.controller.ControllerCommand.AlterConfigs;
import io.sluice.core.controller.ControllerCommand.ConfigChange;
import io.sluice.core.controller.ControllerCommand.ConfigOperation;
import io.sluice.core.controller.ControllerCommand.ResourceType;
import io.sluice.core.controller.ControllerReply.Outcome;
import io.sluice.core.model.ErrorCode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.apache.kafka.common.config.ConfigResource;

/** What the old and the new AlterConfigs share: resources in, outcomes out, in order. */
final class ConfigChanges {

    private final KafkaServices services;
    private final List<ConfigChange> changes = new ArrayList<>();
    private final List<Integer> places = new ArrayList<>();
    private final List<Outcome> outcomes = new ArrayList<>();

    ConfigChanges(KafkaServices services) {
        this.services = services;
    }

    void add(byte type, String name, List<ConfigOperation> operations, boolean replaceAll) {
        Optional<ResourceType> known =
                switch (ConfigResource.Type.forId(type)) {
                    case TOPIC -> Optional.of(ResourceType.TOPIC);
                    case BROKER -> Optional.of(ResourceType.BROKER);
                    default -> Optional.empty();
                };
        outcomes.add(
                new Outcome(
                        ErrorCode.INVALID_REQUEST,
                        "settings of resource type %d are not served".formatted(type),
                        Optional.empty()));
        if (known.isPresent()) {
            places.add(outcomes.size() - 1);
            changes.add(new ConfigChange(known.get(), name, operations, replaceAll));
        }
    }

    /** Asks the controller; one outcome for each resource. */
    void submit(KafkaRequest request, boolean validateOnly, Consumer<List<Outcome>> done) {
        services.metadata()
                .submit(
                        new AlterConfigs(changes, validateOnly),
                        request.loop(),
                        reply -> {
                            for (int i = 0; i < places.size(); i++) {
                                outcomes.set(places.get(i), reply.outcomes().get(i));
                            }
                            done.accept(outcomes);
                        });
    }
}
