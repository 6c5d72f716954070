package io.sluice.engine.share;

import io.sluice.core.model.ErrorCode;
import io.sluice.core.share.Acknowledgement;
import io.sluice.core.share.Acquired;
import io.sluice.core.share.ShareKey;
import io.sluice.engine.loop.EventLoop;
import io.sluice.engine.metrics.MetricSource;
import io.sluice.engine.view.LogWalk;
import io.sluice.engine.view.Views;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * The queues of the partitions that this broker leads, as a door sees them. Any thread; answers
 * come on the loop given, each once.
 *
 * <p>Errors of all: NOT_LEADER_OR_FOLLOWER of a partition that is led elsewhere, or no more, or
 * whose queue was set anew while this was under way: to be asked again; UNKNOWN_TOPIC_OR_PARTITION
 * of one that is not here; KAFKA_STORAGE_ERROR; REPLICA_NOT_AVAILABLE where too many queues are at
 * work.
 */
public interface Queues {

    /**
     * Gives what there is, waiting for it if need be.
     *
     * @param done the deliveries of queues that gave records or an error; none if there is nothing
     */
    Taking take(Demand demand, EventLoop replyOn, Consumer<List<Delivery>> done);

    /** A demand under way. Its methods are called on the loop that is answered on. */
    interface Taking {

        /** Waits no longer: what is there is given. */
        void hurry();

        /** Nobody is there to be told: what was taken for it is given back, and no answer comes. */
        void cancel();
    }

    /**
     * A member says what became of records of one queue: all of it counts, or none of it. Answered
     * when it is remembered for good (I-24).
     *
     * @param items in the order of offsets
     * @param done NONE; INVALID_RECORD_STATE if it does not hold one of them; INVALID_REQUEST if
     *     they are not in order; REQUEST_TIMED_OUT if too many wait
     */
    void acknowledge(
            ShareKey key,
            String member,
            List<Acknowledgement> items,
            EventLoop replyOn,
            Consumer<ErrorCode> done);

    /**
     * Somebody who was asked says what became of records. It counts for those that are still under
     * that question. Answered when it is remembered for good.
     *
     * @param done NONE; INVALID_RECORD_STATE if it counts for none
     */
    void answer(
            QuestionName name,
            List<Acknowledgement> items,
            EventLoop replyOn,
            Consumer<ErrorCode> done);

    /** Records of a delivery did not reach the member: that was none. */
    void giveBack(ShareKey key, String member, List<Acquired> ranges);

    /**
     * A member is gone from a queue: what it holds is free at once, what it waits for is forgotten.
     *
     * @param delivered whether it may have seen what it holds: then that counts as a delivery
     *     (I-25)
     */
    void leave(
            ShareKey key,
            String member,
            boolean delivered,
            EventLoop replyOn,
            Consumer<ErrorCode> done);

    /** What partitions may be read as because of their queues, by kind (docs/adr/views.md). */
    Map<String, Views.Kind> views(LogWalk walk);

    /** Tells what they counted. */
    MetricSource metrics();
}
