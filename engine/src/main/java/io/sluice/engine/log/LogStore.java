package io.sluice.engine.log;

import io.sluice.core.config.TopicConfig;
import io.sluice.core.model.TopicPartition;
import io.sluice.core.model.Uuid;
import io.sluice.engine.loop.Completion;
import io.sluice.engine.loop.EventLoop;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The log directories of a broker and the logs in them. Any thread may call it. Retention,
 * compaction and checkpoints of what is open run by themselves.
 */
public interface LogStore {

    /**
     * Opens a replica's log: recovers what is there, or makes it new in the directory with the
     * fewest logs. Recovery runs off the loop, several logs at a time.
     *
     * @param directory where it must lie; {@link Uuid#ZERO} lets the store choose
     */
    void open(
            TopicPartition partition,
            Uuid topicId,
            Uuid directory,
            TopicConfig config,
            EventLoop owner,
            Completion<ReplicaLog> done);

    /** Renames the log out of the way at once and deletes it in the background. */
    void delete(ReplicaLog log, Completion<Uuid> done);

    /**
     * What lies there of a replica that is not open goes, as when it is damaged and others have all
     * of it: it begins anew with the next {@link #open}. Completes with the topic's id.
     */
    void discard(TopicPartition partition, Uuid topicId, EventLoop owner, Completion<Uuid> done);

    /**
     * What is on disk of other replicas goes: their topics were deleted, or they were moved to
     * other brokers, while this one was down. What was opened meanwhile stays.
     */
    void deleteStrays(Set<Replica> wanted);

    /**
     * Moves a log into another directory while it serves (KIP-113): copies, catches up, swaps.
     * Completes with the directory's id.
     */
    void move(ReplicaLog log, Path directory, Completion<Uuid> done);

    /**
     * Where the log was on its way to when the last run ended; it has to be asked for again. Told
     * once.
     */
    Optional<Path> unfinishedMove(ReplicaLog log);

    /** The directories, failed ones too, and what lies in them. */
    List<DirectoryInfo> describe();

    /** Where a failed directory is told to; called once for each, on no particular thread. */
    void onFailure(FailureListener listener);

    /**
     * The broker epoch of the last run if that ended with everything on stable storage, in all
     * directories; -1 if not, or if it is not known (KIP-966).
     */
    long stoppedEpoch();

    /**
     * Flushes and checkpoints everything, marks a clean shutdown and closes. Blocks. Not for a
     * loop.
     *
     * @param brokerEpoch of this run, told by {@link #stoppedEpoch} at the next start
     */
    void close(long brokerEpoch);

    /** One replica of this broker, whatever its topic is called. */
    record Replica(Uuid topicId, int partition) {}

    /** A directory stopped serving. */
    interface FailureListener {
        void directoryFailed(Uuid directory, Path path, Throwable cause);
    }

    /**
     * @param fault why it does not serve, empty while it does
     */
    record DirectoryInfo(
            Uuid id,
            Path path,
            long totalBytes,
            long usableBytes,
            Optional<String> fault,
            List<ReplicaInfo> replicas) {}

    /**
     * @param future whether it is the copy of a move that runs
     * @param lag records that the copy is behind
     */
    record ReplicaInfo(TopicPartition partition, long sizeInBytes, long lag, boolean future) {}
}
