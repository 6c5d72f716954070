package io.sluice.engine.replication;

import io.sluice.core.model.BatchHeader;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.Uuid;
import io.sluice.engine.log.ReplicaLog.EpochEnd;
import io.sluice.engine.replication.AnswerClock.Stamp;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The answer to a {@link ReplicaFetchRequest}.
 *
 * @param error of the request as a whole; then there are no partitions
 * @param stamp when it was given, if that is told
 * @param partitions those with something to tell; one that is missing has nothing new
 * @param buffers what the records of all partitions lie in
 */
public record ReplicaFetchResponse(
        ErrorCode error,
        @Nullable Stamp stamp,
        List<PartitionRecords> partitions,
        Buffers buffers) {

    /** Whoever got the answer calls it once, on the loop it came on, when no record is needed. */
    @FunctionalInterface
    public interface Buffers {

        /** Nothing to give back. */
        Buffers NONE = () -> {};

        void release();
    }

    /**
     * One partition.
     *
     * @param leaderEpoch the leader's where it is told with an error, else {@link
     *     BatchHeader#NO_LEADER_EPOCH}
     * @param highWatermark the leader's; -1 with an error
     * @param logStart the leader's first offset; told with OFFSET_OUT_OF_RANGE too, -1 with any
     *     other error
     * @param diverging set when the epoch of the replica's last record ended earlier at the leader:
     *     it has to truncate (KIP-595)
     * @param records batches one after the other, position to limit; what is behind the last whole
     *     one does not count
     */
    public record PartitionRecords(
            Uuid topicId,
            int partition,
            ErrorCode error,
            int leaderEpoch,
            long highWatermark,
            long logStart,
            @Nullable EpochEnd diverging,
            ByteBuffer records) {}
}
