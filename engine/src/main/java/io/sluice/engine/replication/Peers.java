package io.sluice.engine.replication;

import io.sluice.core.model.TopicPartition;
import io.sluice.core.model.Uuid;
import io.sluice.core.partition.ProducerStates.Remembered;
import io.sluice.engine.loop.Completion;
import io.sluice.engine.loop.EventLoop;
import java.util.List;

/**
 * Port to the other brokers of the cluster. The real one speaks Kafka's Fetch with a replica id
 * (KIP-903) over connections of its own; where a broker listens is its business, not the caller's.
 *
 * <p>Two requests to one broker may be under way from one loop: one that waits for records, and one
 * that tells what has become durable meanwhile. They may be answered in any order. Where one
 * connection carries both and answers in order, the later one ends the wait of the earlier.
 */
public interface Peers {

    /**
     * Asks a broker for what partitions it leads have got. Any thread.
     *
     * @param replyOn the loop where {@code done} is called; its answer is released there
     * @param done once, within the request's wait and a time for the network; fails if the broker
     *     is unknown, unreachable or silent, and also when the request is lost unsent
     */
    void fetch(
            int brokerId,
            ReplicaFetchRequest request,
            EventLoop replyOn,
            Completion<ReplicaFetchResponse> done);

    /**
     * Asks the leader of a partition who wrote below an offset. Any thread.
     *
     * @param done once, on that loop; fails as with {@link #fetch}, and where the broker does not
     *     lead the partition in that epoch
     */
    void producersBelow(
            int brokerId,
            ProducersBelow question,
            EventLoop replyOn,
            Completion<List<Remembered>> done);

    /**
     * About a partition whose log begins at an offset.
     *
     * @param leaderEpoch the epoch the asker follows in
     */
    record ProducersBelow(TopicPartition name, Uuid topicId, int leaderEpoch, long offset) {}

    /**
     * Has the request that waits at that broker, if there is one, answered now. A hint: it may be
     * lost, or come too late.
     *
     * @param loop that asked it
     */
    default void hurry(int brokerId, EventLoop loop) {}
}
