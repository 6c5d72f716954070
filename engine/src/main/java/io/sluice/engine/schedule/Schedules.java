package io.sluice.engine.schedule;

import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TopicPartition;
import java.util.List;
import java.util.function.Consumer;

/**
 * The messages that wait in the partitions that this broker leads, as a door sees them. {@link
 * #find} and {@link #list} are called on the partition's loop, where their answers come; {@link
 * #next} by any thread.
 */
public interface Schedules {

    /**
     * Looks for messages that somebody wants to cancel or to reschedule. What is found is held back
     * until its {@link Hold} is let go, so that nothing is delivered between the answer and what is
     * appended because of it (I-27): the asker appends in the turn in which it is answered.
     *
     * @param ids of messages, in any order
     * @param done at once, or later where a new leader still reads what waits
     */
    void find(TopicPartition partition, long[] ids, Consumer<Answer> done);

    /** What came of a search. */
    sealed interface Answer {

        /** In the order of the ids. */
        record Found(List<Standing> standings, Hold hold) implements Answer {}

        /** Nobody knows, and nothing is held; retriable errors as of an append. */
        record Refused(ErrorCode error, String detail) implements Answer {}
    }

    /** How one message stands. */
    sealed interface Standing {

        /**
         * It waits.
         *
         * @param later the offset of the record that tells of it now
         */
        record Waiting(long later) implements Standing {}

        /**
         * It was delivered, or is about to be; or cancelled; or there was none: as far as known.
         */
        record Gone(String why) implements Standing {}
    }

    /** Keeps what was found from being delivered. Exactly one of its methods is called, once. */
    interface Hold {

        /**
         * What settles them is in the log, below this end of it; held back until that is committed,
         * or its transaction ended.
         */
        void appended(long logEnd);

        /** Nothing was appended: all is as before. */
        void released();
    }

    /** Whether so many messages wait here that no more may. Any thread. */
    default boolean isFull() {
        return false;
    }

    /**
     * The first time of a cron expression behind a time.
     *
     * @param zone of the time zone database, as {@code Europe/Berlin} or {@code UTC}
     */
    Next next(String cron, String zone, long afterMs);

    /** When a recurring message comes. */
    sealed interface Next {

        /** Milliseconds since 1970. */
        record At(long dueMs) implements Next {}

        /** The expression or the zone cannot be read, or there is no such time. */
        record Never(String why) implements Next {}
    }

    /**
     * Messages that wait, in the order of the offsets of the records that tell of them.
     *
     * @param from the first offset
     * @param limit how many at most
     */
    void list(TopicPartition partition, long from, int limit, Consumer<Listing> done);

    /**
     * @param next where to go on; {@link Long#MAX_VALUE} if these were the last
     */
    record Listing(ErrorCode error, List<Pending> pending, long next) {}

    /**
     * One message that waits.
     *
     * @param offset of the record that tells of it now
     */
    record Pending(long offset, long id, long dueMs) {}
}
