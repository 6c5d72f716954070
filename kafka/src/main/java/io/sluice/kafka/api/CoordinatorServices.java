package io.sluice.kafka.api;

import io.sluice.core.model.ErrorCode;
import io.sluice.engine.coordinator.CoordinatorHost;
import io.sluice.engine.coordinator.InternalTopic;
import io.sluice.engine.coordinator.Reply;
import io.sluice.engine.loop.EventLoop;
import io.sluice.kafka.connection.KafkaRequest;
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
