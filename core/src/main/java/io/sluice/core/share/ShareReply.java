package io.sluice.core.share;

import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.Uuid;
import java.util.List;
import java.util.SortedSet;

/** What a share coordinator answers. */
public sealed interface ShareReply {

    /** To all that change something. */
    record Done(ErrorCode error) implements ShareReply {}

    /**
     * A queue without its records.
     *
     * @param start the first record that is not done
     * @param doneRecords behind the start
     */
    record Summary(ShareKey key, int stateEpoch, int leaderEpoch, long start, long doneRecords) {

        /** Offsets that are not done in a log that can be read up to an end (KIP-1226). */
        public long left(long end) {
            return Math.max(0L, end - start - doneRecords);
        }
    }

    /**
     * To {@link ShareCommand.ListGroup} and {@link ShareCommand.ListAll}; those that this
     * coordinator has, in order.
     */
    record Group(List<Summary> queues) implements ShareReply {}

    /** To {@link ShareCommand.ListTopics}. */
    record Topics(SortedSet<Uuid> ids) implements ShareReply {}

    /**
     * To {@link ShareCommand.Read}.
     *
     * @param start {@link #NO_START} of a queue that was not initialized
     */
    record State(
            ErrorCode error,
            int stateEpoch,
            int leaderEpoch,
            long start,
            long doneRecords,
            List<StateBatch> batches)
            implements ShareReply {

        /** Nobody said where the queue begins. */
        public static final long NO_START = -1L;

        static State refused(ErrorCode error) {
            return new State(error, 0, 0, NO_START, 0L, List.of());
        }
    }
}
