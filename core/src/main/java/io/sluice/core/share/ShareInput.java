package io.sluice.core.share;

import io.sluice.core.model.ErrorCode;
import java.util.List;

/**
 * What can happen to a queue.
 *
 * @param <T> what the host knows a request by
 */
public sealed interface ShareInput<T> {

    /**
     * The log was read from {@link SharePartition#scanFrom} on. Offsets that no span names hold no
     * record for anybody: control batches, aborted transactions for those who read what is
     * committed, and what compaction took.
     *
     * @param spans in order
     * @param end everything below it was read
     */
    record Found<T>(List<SharePartition.Span> spans, long end) implements ShareInput<T> {}

    /**
     * A member wants records. Answered at once, with none if there are none. All that are given are
     * of one priority: what a member has at once it works through by offset.
     *
     * @param maxRecords at least one; without {@code strict} the last batch is given whole
     *     (KIP-1206)
     */
    record Acquire<T>(T ticket, String member, int maxRecords, boolean strict)
            implements ShareInput<T> {}

    /** A member says what came of records: all of it counts, or none of it. */
    record Acknowledge<T>(T ticket, String member, List<Acknowledgement> items)
            implements ShareInput<T> {}

    /**
     * What somebody says of records who was asked ({@link SharePartition.Outbox#ask}). It counts
     * for those that are still under that question, and for no other. Answered once that is
     * remembered.
     *
     * @param items of which the first that names a record counts; INVALID_RECORD_STATE is the
     *     answer if none does
     */
    record Answer<T>(T ticket, long question, List<Acknowledgement> items)
            implements ShareInput<T> {}

    /**
     * Records that are done are to be delivered again, as if they never had been; what is not done
     * stays as it is. Answered once that is remembered.
     *
     * @param spans in order; records that the log holds
     */
    record Replay<T>(T ticket, List<SharePartition.Span> spans) implements ShareInput<T> {}

    /** Records that were acquired for a member did not reach it. */
    record GiveBack<T>(String member, List<Acquired> ranges) implements ShareInput<T> {}

    /**
     * A member is gone: what it holds is free again.
     *
     * @param delivered whether it may have seen it: then it counts as a delivery
     */
    record Leave<T>(String member, boolean delivered) implements ShareInput<T> {}

    /** Dead letters are stored. */
    record Buried<T>(long first, long last) implements ShareInput<T> {}

    /** Records below the offset are gone from the log. */
    record LogStartMoved<T>(long logStart) implements ShareInput<T> {}

    /** Changes are remembered for good, these and all before. */
    record Persisted<T>(long number) implements ShareInput<T> {}

    /** Time passed. */
    record Tick<T>() implements ShareInput<T> {}

    /** It is over here: who waits is told why. The last input. */
    record Resign<T>(ErrorCode reason) implements ShareInput<T> {}
}
