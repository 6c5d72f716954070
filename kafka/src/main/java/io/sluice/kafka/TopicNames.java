package io.sluice.kafka;

import io.sluice.core.controller.ControllerCommand;
import io.sluice.core.controller.TopicImage;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TopicPartition;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;

/** Topics that are made when they are first named, and the wait until a new one can be used. */
final class TopicNames {

    private static final long LOOK_EVERY_MS = 2;
    private static final long OPEN_WAIT_MS = 5_000;

    private final KafkaServices services;

    TopicNames(KafkaServices services) {
        this.services = services;
    }

    boolean autoCreates() {
        return services.configs()
                .brokerValue(
                        "auto.create.topics.enable", services.metadata().image().brokerConfigs())
                .orElse("false")
                .equals("true");
    }

    /** Makes the topics that are missing; tells what became of each that could not be made. */
    void create(
            KafkaRequest request, List<String> names, Consumer<SortedMap<String, ErrorCode>> done) {
        List<ControllerCommand.NewTopic> topics = new ArrayList<>();
        for (String name : names) {
            topics.add(
                    new ControllerCommand.NewTopic(
                            name, services.identities().get(), -1, -1, Map.of(), Map.of()));
        }
        services.metadata()
                .submit(
                        new ControllerCommand.CreateTopics(topics, false),
                        request.loop(),
                        reply -> {
                            SortedMap<String, ErrorCode> errors = new TreeMap<>();
                            for (int i = 0; i < names.size(); i++) {
                                ErrorCode error = reply.outcomes().get(i).error();
                                if (error != ErrorCode.NONE
                                        && error != ErrorCode.TOPIC_ALREADY_EXISTS) {
                                    errors.put(names.get(i), error);
                                }
                            }
                            awaitOpen(services, request, names, () -> done.accept(errors));
                        });
    }

    /** Runs the task once the topics' partitions on this broker are open, or after a while. */
    static void awaitOpen(
            KafkaServices services, KafkaRequest request, List<String> names, Runnable then) {
        long deadline = request.loop().clock().monotonicNanos() + OPEN_WAIT_MS * 1_000_000L;
        look(services, request, names, deadline, then);
    }

    private static void look(
            KafkaServices services,
            KafkaRequest request,
            List<String> names,
            long deadline,
            Runnable then) {
        boolean late = request.loop().clock().monotonicNanos() > deadline;
        if (late || names.stream().allMatch(name -> isOpen(services, name))) {
            then.run();
            return;
        }
        request.loop()
                .schedule(LOOK_EVERY_MS, () -> look(services, request, names, deadline, then));
    }

    private static boolean isOpen(KafkaServices services, String name) {
        TopicImage topic = services.metadata().image().topics().get(name);
        if (topic == null) {
            return true;
        }
        return topic.partitions().stream()
                .allMatch(partition ->
                        !partition.replicas().contains(services.brokerId())
                                || services.partitions()
                                                .find(
                                                        new TopicPartition(
                                                                name, partition.partition()))
                                        != null);
    }
}
