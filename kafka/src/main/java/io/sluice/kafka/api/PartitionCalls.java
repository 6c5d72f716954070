package io.sluice.kafka.api;

import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TopicPartition;
import io.sluice.engine.loop.EventLoop;
import io.sluice.engine.partition.Partition;
import io.sluice.kafka.connection.KafkaRequest;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/**
 * Asks many partitions one thing each and goes on when all have answered. The questions of one loop
 * go there together, and answers that are given at once come back together. Owned by the
 * connection's loop.
 */
public final class PartitionCalls {

    private final KafkaServices services;
    private final KafkaRequest request;
    private final Map<EventLoop, Group> byLoop = new LinkedHashMap<>(2);
    private final Set<TopicPartition> asked = new HashSet<>();
    private Runnable whenAll = () -> {};
    private int waiting;

    public PartitionCalls(KafkaServices services, KafkaRequest request) {
        this.services = services;
        this.request = request;
    }

    /**
     * Adds a question; nothing is asked before {@link #go}.
     *
     * @param question runs on the partition's loop with the partition and where its answer goes
     * @param answer takes it on the connection's loop
     * @param missing takes, at once, the error of a partition that is not here, or not any more for
     *     all that is known, or was named before
     */
    public <A> void ask(
            String topic,
            int number,
            BiConsumer<Partition, Consumer<A>> question,
            Consumer<A> answer,
            Consumer<ErrorCode> missing) {
        TopicPartition name = new TopicPartition(topic, number);
        if (!asked.add(name)) {
            missing.accept(ErrorCode.INVALID_REQUEST);
            return;
        }
        Partition partition = services.partitions().find(name);
        if (partition == null) {
            missing.accept(
                    Missing.why(services.metadata().image().topics().get(topic), number, false));
            return;
        }
        if (partition.isInDoubt()) {
            missing.accept(ErrorCode.NOT_LEADER_OR_FOLLOWER);
            return;
        }
        Group group = byLoop.computeIfAbsent(partition.loop(), loop -> new Group());
        group.questions.add(() ->
                question.accept(partition, given -> group.answered(() -> answer.accept(given))));
        waiting++;
    }

    /** Asks, and runs the task on the connection's loop when all have answered. */
    public void go(Runnable then) {
        if (waiting == 0) {
            then.run();
            return;
        }
        whenAll = then;
        List.copyOf(byLoop.entrySet())
                .forEach(entry -> request.executeOn(entry.getKey(), entry.getValue()::askAll));
    }

    private void take(List<Runnable> answers) {
        answers.forEach(Runnable::run);
        waiting -= answers.size();
        if (waiting == 0) {
            whenAll.run();
        }
    }

    /** The questions of one loop; used there once they are asked. */
    private final class Group {
        private final List<Runnable> questions = new ArrayList<>();
        private List<Runnable> answers = new ArrayList<>();
        private boolean asking;

        void askAll() {
            asking = true;
            questions.forEach(Runnable::run);
            asking = false;
            List<Runnable> given = answers;
            answers = new ArrayList<>();
            if (!given.isEmpty()) {
                request.execute(() -> take(given));
            }
        }

        void answered(Runnable answer) {
            if (asking) {
                answers.add(answer);
            } else {
                request.execute(() -> take(List.of(answer)));
            }
        }
    }
}
