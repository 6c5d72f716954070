package io.sluice.kafka.api;

import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TopicPartition;
import io.sluice.engine.coordinator.CoordinatorHost;
import io.sluice.engine.coordinator.InternalTopic;
import io.sluice.engine.coordinator.Reply;
import io.sluice.engine.loop.EventLoop;
import io.sluice.engine.metrics.Gathering;
import io.sluice.engine.partition.Partition;
import io.sluice.engine.partition.Partitions;
import io.sluice.kafka.connection.KafkaRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * The coordinators of this broker of one kind, and the topic that holds what those of all brokers
 * remember.
 *
 * @param <C> commands
 * @param <E> events
 * @param <R> answers
 */
public abstract class CoordinatorServices<C, E, R> {

    private final InternalTopic topic;
    private final CoordinatorHost<C, E, R> host;

    CoordinatorServices(InternalTopic topic, CoordinatorHost<C, E, R> host) {
        this.topic = topic;
        this.host = host;
    }

    public InternalTopic topic() {
        return topic;
    }

    /** The coordinators of the topic's partitions that are led here. */
    public CoordinatorHost<C, E, R> host() {
        return host;
    }

    /**
     * Asks the coordinator of a key.
     *
     * @param reply called on {@code replyOn}, exactly once
     */
    public void ask(String key, C command, EventLoop replyOn, Consumer<Reply<R>> reply) {
        int partition = topic.partitionOf(key);
        if (partition < 0) {
            replyOn.execute(() -> reply.accept(new Reply.Refused<>(ErrorCode.NOT_COORDINATOR)));
            return;
        }
        host.submit(partition, command, replyOn, reply);
    }

    /** Asks the coordinator of a key. One of the two is called, once, on the connection's loop. */
    public <A extends R> void ask(
            KafkaRequest request,
            String key,
            C command,
            Class<A> type,
            Consumer<A> answered,
            Consumer<ErrorCode> refused) {
        ask(key, command, request.loop(), reply -> take(request, reply, type, answered, refused));
    }

    /** Asks the coordinator of a partition of the topic. */
    public <A extends R> void ask(
            KafkaRequest request,
            int partition,
            C command,
            Class<A> type,
            Consumer<A> answered,
            Consumer<ErrorCode> refused) {
        host.submit(
                partition,
                command,
                request.loop(),
                reply -> take(request, reply, type, answered, refused));
    }

    /** Asks all coordinators here, and waits a bounded time; not on a loop. */
    public <A extends R> List<A> askAll(C command, Class<A> type, Partitions partitions) {
        Gathering<Reply<R>> gathering = new Gathering<>();
        for (int i = 0; i < topic.partitions(); i++) {
            int number = i;
            Partition partition = partitions.find(new TopicPartition(host.topic(), number));
            if (partition != null && host.leads(partition)) {
                gathering.ask(answer -> host.submit(number, command, partition.loop(), answer));
            }
        }
        List<A> answers = new ArrayList<>();
        for (Reply<R> reply : gathering.await()) {
            if (reply instanceof Reply.Answered<R>(R answer)) {
                answers.add(type.cast(answer));
            }
        }
        return answers;
    }

    final <A extends R> void take(
            KafkaRequest request,
            Reply<R> reply,
            Class<A> type,
            Consumer<A> answered,
            Consumer<ErrorCode> refused) {
        request.guarded(() -> {
            switch (reply) {
                case Reply.Answered<R>(R answer) -> answered.accept(type.cast(answer));
                case Reply.Refused<R>(ErrorCode error) -> refused.accept(error);
            }
        });
    }
}
