package io.sluice.engine.share;

import io.sluice.core.model.ErrorCode;
import io.sluice.core.share.Changes;
import io.sluice.core.share.ShareKey;
import io.sluice.core.share.ShareReply;
import io.sluice.engine.loop.EventLoop;
import java.util.function.Consumer;

/**
 * Where queues are remembered: the share coordinators of the cluster, here or on other brokers. Any
 * thread; answers come on the loop given, each once. COORDINATOR_NOT_AVAILABLE, NOT_COORDINATOR,
 * COORDINATOR_LOAD_IN_PROGRESS, NETWORK_EXCEPTION and REQUEST_TIMED_OUT may pass, and every call
 * may be repeated.
 */
public interface ShareStore {

    /** What is known of a queue, for its leader in that epoch; fences earlier ones. */
    void read(ShareKey key, int leaderEpoch, EventLoop replyOn, Consumer<ShareReply.State> reply);

    /** A queue begins at that offset. */
    void initialize(
            ShareKey key, int stateEpoch, long start, EventLoop replyOn, Consumer<ErrorCode> reply);

    /** What changed, in the order of calls. */
    void write(
            ShareKey key,
            int stateEpoch,
            int leaderEpoch,
            Changes changes,
            long doneRecords,
            EventLoop replyOn,
            Consumer<ErrorCode> reply);
}
