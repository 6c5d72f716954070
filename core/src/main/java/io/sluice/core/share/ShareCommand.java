package io.sluice.core.share;

import io.sluice.core.model.Uuid;
import java.util.List;

/** What a share coordinator is asked (KIP-932, share-group state). */
public sealed interface ShareCommand {

    /**
     * A queue begins, or begins anew somewhere else. Said again, as after a lost answer or by a
     * leader that comes late, it changes nothing: what was settled since then stays so (I-24).
     * Whoever comes late and meant another start is told so (FENCED_STATE_EPOCH): of two who set a
     * queue anew at the same time only one did.
     *
     * @param stateEpoch larger than that of the state it takes the place of
     */
    record Initialize(ShareKey key, int stateEpoch, long start) implements ShareCommand {}

    /**
     * The leader of the partition asks what is known.
     *
     * @param leaderEpoch fences those before it; -1 of one that does not lead
     */
    record Read(ShareKey key, int leaderEpoch) implements ShareCommand {}

    /**
     * The leader tells what changed.
     *
     * @param number grows from write to write of a leader in its epoch: one that comes after a
     *     later one was lost on its way and is not wanted any more; or {@link #NO_NUMBER}
     */
    record Write(
            ShareKey key,
            int stateEpoch,
            int leaderEpoch,
            long number,
            long start,
            long doneRecords,
            List<StateBatch> batches)
            implements ShareCommand {

        /** Of a leader that does not count. */
        public static final long NO_NUMBER = 0L;

        /** Of a leader that does not count. */
        public Write(
                ShareKey key,
                int stateEpoch,
                int leaderEpoch,
                long start,
                long doneRecords,
                List<StateBatch> batches) {
            this(key, stateEpoch, leaderEpoch, NO_NUMBER, start, doneRecords, batches);
        }
    }

    /** The queue is gone. */
    record Delete(ShareKey key) implements ShareCommand {}

    /** What is known of all queues of a group. */
    record ListGroup(String group) implements ShareCommand {}

    /** What is known of all queues. */
    record ListAll() implements ShareCommand {}

    /** The group is gone. */
    record DeleteGroup(String group) implements ShareCommand {}

    /** The topics whose queues are known. */
    record ListTopics() implements ShareCommand {}

    /** The topic is gone. */
    record DeleteTopic(Uuid topicId) implements ShareCommand {}
}
