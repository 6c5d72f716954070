package io.sluice.kafka.settings;

import io.sluice.core.controller.ControllerCommand.AlterConfigs;
import io.sluice.core.controller.ControllerCommand.ConfigChange;
import io.sluice.core.controller.ControllerCommand.ConfigOperation;
import io.sluice.core.controller.ControllerCommand.ResourceType;
import io.sluice.core.controller.ControllerReply.Outcome;
import io.sluice.core.model.ErrorCode;
import io.sluice.kafka.api.KafkaServices;
import io.sluice.kafka.connection.KafkaRequest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/**
 * What the old and the new AlterConfigs share: resources in, outcomes out, in order. A resource
 * whose form is wrong is refused here; the controller judges the others, each alone.
 */
final class ConfigChanges {

    /** The numbers of resource types on the wire (KIP-133). */
    static final byte TOPIC = 2;

    static final byte BROKER = 4;

    /** KIP-848. */
    static final byte GROUP = 32;

    private final KafkaServices services;
    private final List<ConfigChange> changes = new ArrayList<>();
    private final List<Integer> places = new ArrayList<>();
    private final List<Outcome> outcomes = new ArrayList<>();
    private final Map<Resource, Integer> seen = new HashMap<>();

    private record Resource(byte type, String name) {}

    ConfigChanges(KafkaServices services) {
        this.services = services;
    }

    /**
     * Adds a resource.
     *
     * @param fault what is wrong with the form of its operations, or nothing
     */
    void add(
            byte type,
            String name,
            List<ConfigOperation> operations,
            boolean replaceAll,
            Optional<String> fault) {
        int place = outcomes.size();
        boolean twice = seen.putIfAbsent(new Resource(type, name), place) != null;
        Optional<String> wrong =
                twice
                        ? Optional.of("%s is named more than once: name it once".formatted(name))
                        : known(type).isEmpty()
                                ? Optional.of(notServed(type))
                                : fault.or(() -> setTwice(operations));
        outcomes.add(new Outcome(ErrorCode.INVALID_REQUEST, wrong.orElse(""), Optional.empty()));
        if (wrong.isEmpty()) {
            places.add(place);
            known(type)
                    .map(known -> new ConfigChange(known, name, operations, replaceAll))
                    .ifPresent(changes::add);
        }
    }

    private static Optional<ResourceType> known(byte type) {
        return switch (type) {
            case TOPIC -> Optional.of(ResourceType.TOPIC);
            case BROKER -> Optional.of(ResourceType.BROKER);
            case GROUP -> Optional.of(ResourceType.GROUP);
            default -> Optional.empty();
        };
    }

    static String notServed(byte type) {
        return "resource type %d has no settings here: use topics (2), brokers (4) or groups (32)"
                .formatted(type);
    }

    private static Optional<String> setTwice(List<ConfigOperation> operations) {
        Set<String> keys = new HashSet<>();
        for (ConfigOperation operation : operations) {
            if (!keys.add(operation.key())) {
                return Optional.of(
                        "%s is changed more than once: change it once".formatted(operation.key()));
            }
        }
        return Optional.empty();
    }

    /** Asks the controller; one outcome for each resource. */
    void submit(KafkaRequest request, boolean validateOnly, Consumer<List<Outcome>> done) {
        if (changes.isEmpty()) {
            done.accept(outcomes);
            return;
        }
        services.metadata()
                .submit(
                        new AlterConfigs(changes, validateOnly),
                        request.loop(),
                        reply ->
                                request.guarded(() -> {
                                    for (int i = 0; i < places.size(); i++) {
                                        outcomes.set(places.get(i), reply.outcomes().get(i));
                                    }
                                    done.accept(outcomes);
                                }));
    }
}
