package io.sluice.kafka.topics;

import io.sluice.core.controller.ControllerCommand;
import io.sluice.core.controller.PartitionImage;
import io.sluice.core.controller.TopicImage;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TopicPartition;
import io.sluice.kafka.api.KafkaServices;
import io.sluice.kafka.connection.KafkaRequest;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Topics that are made when they are first named, and the wait until a new one can be used. */
final class NewTopics {

    /** Topics that one Metadata request may make; what is left is made by the next. */
    static final int MAX_MADE_BY_NAMING = 500;

    /** How long an answer waits at most until the partitions made are open. */
    private static final long OPEN_WAIT_MS = 5_000;

    private static final long LOOK_EVERY_MS = 2;

    private final KafkaServices services;

    NewTopics(KafkaServices services) {
        this.services = services;
    }

    /** Whether a topic may be made by naming it (auto.create.topics.enable). */
    boolean madeByNaming() {
        return services.configs()
                .brokerValue(
                        "auto.create.topics.enable", services.metadata().image().brokerConfigs())
                .equals(Optional.of("true"));
    }

    /** Makes topics with the defaults; tells what became of each that could not be made. */
    void make(
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
                        reply ->
                                request.guarded(() -> {
                                    SortedMap<String, ErrorCode> errors = new TreeMap<>();
                                    for (int i = 0; i < names.size(); i++) {
                                        ErrorCode error = reply.outcomes().get(i).error();
                                        if (error != ErrorCode.NONE
                                                && error != ErrorCode.TOPIC_ALREADY_EXISTS) {
                                            errors.put(names.get(i), error);
                                        }
                                    }
                                    awaitOpen(request, names, () -> done.accept(errors));
                                }));
    }

    /**
     * Runs the task once the partitions of these topics that belong to this broker are open, or
     * after a while: whoever made a topic wants to use it next.
     */
    void awaitOpen(KafkaRequest request, List<String> names, Runnable then) {
        List<TopicPartition> wanted = new ArrayList<>();
        for (String name : names) {
            TopicImage topic = services.metadata().image().topics().get(name);
            if (topic == null) {
                continue;
            }
            for (PartitionImage partition : topic.partitions()) {
                if (partition.replicas().contains(services.brokerId())) {
                    wanted.add(new TopicPartition(name, partition.partition()));
                }
            }
        }
        long deadline = request.clock().monotonicNanos() + OPEN_WAIT_MS * 1_000_000L;
        look(request, wanted.iterator(), deadline, then);
    }

    private void look(
            KafkaRequest request, Iterator<TopicPartition> wanted, long deadline, Runnable then) {
        TopicPartition missing = firstMissing(wanted);
        if (missing == null) {
            then.run();
        } else {
            lookAgain(request, missing, wanted, deadline, then);
        }
    }

    private void lookAgain(
            KafkaRequest request,
            TopicPartition missing,
            Iterator<TopicPartition> wanted,
            long deadline,
            Runnable then) {
        request.schedule(
                LOOK_EVERY_MS,
                () -> {
                    boolean gone =
                            !services.metadata().image().topics().containsKey(missing.topic());
                    if (request.clock().monotonicNanos() > deadline) {
                        then.run();
                    } else if (gone || services.partitions().find(missing) != null) {
                        look(request, wanted, deadline, then);
                    } else {
                        lookAgain(request, missing, wanted, deadline, then);
                    }
                });
    }

    private @Nullable TopicPartition firstMissing(Iterator<TopicPartition> wanted) {
        while (wanted.hasNext()) {
            TopicPartition next = wanted.next();
            if (services.partitions().find(next) == null) {
                return next;
            }
        }
        return null;
    }
}
