package io.sluice.kafka.api;

import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TopicPartition;
import io.sluice.core.model.TransactionMarker;
import io.sluice.engine.loop.EventLoop;
import io.sluice.engine.metadata.Metadata;
import io.sluice.engine.partition.Partition;
import io.sluice.engine.partition.Partitions;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.kafka.common.internals.Topic;

/**
 * Brings the end of a transaction to who takes part in it on this broker: to the log of a
 * partition, or, for a topic that a coordinator keeps its state in, to that coordinator. Any
 * thread.
 */
public final class TransactionMarkers {

    /** How long a marker may wait for its commit; whoever sent it sends it again. */
    static final int TIMEOUT_MS = 30_000;

    private final Metadata metadata;
    private final Partitions partitions;
    private final Map<String, CoordinatorTopic> coordinators;

    /** A topic in which a coordinator of this broker alone writes. */
    @FunctionalInterface
    public interface CoordinatorTopic {

        /**
         * Ends a transaction there.
         *
         * @param partition of the topic
         * @param loop where the answer comes
         * @param reply NONE once the end is committed, or why not
         */
        void end(
                int partition, TransactionMarker marker, EventLoop loop, Consumer<ErrorCode> reply);
    }

    /**
     * @param coordinators by the topic's name; another internal topic takes no markers
     */
    public TransactionMarkers(
            Metadata metadata, Partitions partitions, Map<String, CoordinatorTopic> coordinators) {
        this.metadata = metadata;
        this.partitions = partitions;
        this.coordinators = Map.copyOf(coordinators);
    }

    /**
     * Writes a marker.
     *
     * @param loop where the answer comes
     * @param reply NONE once it is committed; INVALID_PRODUCER_EPOCH and
     *     TRANSACTION_COORDINATOR_FENCED are final, with all else it may be sent again; called once
     */
    public void write(
            TopicPartition name,
            TransactionMarker marker,
            EventLoop loop,
            Consumer<ErrorCode> reply) {
        CoordinatorTopic coordinator = coordinators.get(name.topic());
        if (coordinator != null) {
            coordinator.end(name.partition(), marker, loop, reply);
            return;
        }
        Partition partition = Topic.isInternal(name.topic()) ? null : partitions.find(name);
        if (partition == null) {
            ErrorCode why =
                    Topic.isInternal(name.topic())
                            ? ErrorCode.INVALID_TOPIC_EXCEPTION
                            : Missing.why(
                                    metadata.image().topics().get(name.topic()),
                                    name.partition(),
                                    false);
            loop.execute(() -> reply.accept(why));
            return;
        }
        partition
                .loop()
                .execute(() ->
                        partition.writeMarker(
                                marker,
                                TIMEOUT_MS,
                                error -> loop.execute(() -> reply.accept(error))));
    }
}
