package io.sluice.engine.metadata;

import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.Uuid;
import io.sluice.engine.loop.Completion;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * Port to the one replicated log of metadata. A single broker has it on its own disk; a cluster on
 * an embedded Raft quorum. Entries and questions are opaque here. Owned by the metadata's loop.
 *
 * <p>In each term at most one broker decides: the one whose listener was told so. An entry belongs
 * to the term it was decided in and is committed in that term or never; so a decision builds on all
 * entries before its own, and on no others.
 */
public interface MetadataLog {

    /**
     * Starts: restores the newest snapshot and replays every committed entry behind it through the
     * listener, then goes on with live ones. Completes with the last index replayed.
     */
    void start(Listener listener, Completion<Long> done);

    /**
     * Proposes an entry. Completes with its index once it is committed and was given to the
     * listener.
     *
     * <p>Fails with {@link LeadershipLostException} when this broker does not lead in the term, or
     * leads no longer before the entry is known to be committed, or closes its log: the entry may
     * yet come through the listener, or never. From then on every append of the term fails. Any
     * other failure is the log's own: it takes nothing any more.
     *
     * @param term the one in which the entry was decided, as the listener was told it
     */
    void append(long term, ByteBuffer entry, Completion<Long> done);

    /** Stores the state as of the index, so that entries up to it may go. */
    void snapshot(long index, ByteBuffer state, Completion<Long> done);

    /**
     * Asks the broker that leads, this one or another, and completes with what its listener
     * answers; the answer's state is not older than the question. Fails in bounded time if none
     * leads, or if the answer is lost: then the question may have been taken, or not.
     */
    void ask(ByteBuffer question, Completion<ByteBuffer> done);

    /**
     * The name that the log was given with its first entry, and that its cluster is to bear; none
     * where the log has no name. Known once the log is started. Any thread.
     */
    default Optional<Uuid> cluster() {
        return Optional.empty();
    }

    /**
     * Gives a broker that follows the log a vote in it, or takes a voter its vote; completes when
     * it is so. Fails with {@link VoterChangeException} when that is not possible.
     */
    default void changeVoter(int brokerId, boolean votes, Completion<Integer> done) {
        done.failed(
                new VoterChangeException(
                        ErrorCode.INVALID_REQUEST,
                        "a broker by itself keeps its metadata alone: set controller.quorum.voters"
                                + " to make it the first of a cluster"));
    }

    /** Who keeps the log, as this broker knows it. */
    Quorum quorum();

    /** Stops; what was committed stays. Does not wait. */
    void close();

    /**
     * Waits until the others need this broker no more, at most so long, once it was closed. Any
     * thread but the loop.
     */
    default boolean awaitClosed(long timeoutMs) throws InterruptedException {
        return true;
    }

    /** Takes what is committed, in order, each index once. Called on the metadata's loop. */
    interface Listener {

        /**
         * The whole state as of the index, in place of all that was told before: at the start, and
         * also later, when this broker was away for so long that the entries are gone.
         */
        void restore(long index, ByteBuffer state);

        void apply(long index, ByteBuffer entry);

        /**
         * Whether this broker may decide, and in which term. It may once every entry of earlier
         * terms has been applied here.
         */
        void leadership(boolean leads, long term);

        /** Another broker, or this one, asks the one that leads. */
        void answer(ByteBuffer question, Completion<ByteBuffer> reply);
    }
}
