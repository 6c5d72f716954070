package io.sluice.engine.replication;

import io.sluice.core.model.TopicPartition;
import io.sluice.core.model.Uuid;
import io.sluice.core.partition.PartitionFollower.Question;
import io.sluice.engine.replication.ReplicaFetchResponse.PartitionRecords;
import org.jspecify.annotations.Nullable;

/** A replica that has its batches fetched. Owned by one loop, and fetched for by that loop. */
public interface Follower {

    TopicPartition name();

    Uuid topicId();

    /** What it asks now; null while it asks nothing. */
    @Nullable Question question();

    /**
     * Takes an answer; what it keeps of the records it copies or writes before it returns.
     *
     * @param asked the question that is answered
     */
    void answered(Question asked, PartitionRecords answer);

    /** How long it is held back while it is behind; 0 if it is not. */
    default long heldBackNanos() {
        return 0L;
    }

    /**
     * That much was fetched for it.
     *
     * @param caughtUp whether it had all that is committed before
     */
    default void fetched(long bytes, boolean caughtUp) {}
}
