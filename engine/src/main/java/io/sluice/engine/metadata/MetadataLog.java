package io.sluice.engine.metadata;

import io.sluice.engine.loop.Completion;
import java.nio.ByteBuffer;

/**
 * Port to the one replicated log of metadata. A single broker has it on its own disk; a cluster on
 * an embedded Raft quorum. Entries are opaque here. Owned by the metadata's loop.
 */
public interface MetadataLog {

    /**
     * Starts: restores the newest snapshot and replays every committed entry behind it through the
     * listener, then goes on with live ones. Completes with the last index replayed.
     */
    void start(Listener listener, Completion<Long> done);

    /**
     * Proposes an entry. Completes with its index once it is committed and was given to the
     * listener; fails if it was not, or if that is unknown (an entry carries its own identity).
     */
    void append(ByteBuffer entry, Completion<Long> done);

    /** Stores the state as of the index, so that entries up to it may go. */
    void snapshot(long index, ByteBuffer state, Completion<Long> done);

    /** Stops; what was committed stays. */
    void close();

    /** Takes what is committed, in order, each index once. Called on the metadata's loop. */
    interface Listener {

        void restore(long index, ByteBuffer state);

        void apply(long index, ByteBuffer entry);

        /** Whether this broker may decide, and in which term. */
        void leadership(boolean leads, long term);
    }
}
