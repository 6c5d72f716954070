package io.sluice.engine.loop;

import java.io.IOException;

/**
 * Where blocking work runs: flushes, cold reads, recovery, compaction, deletion. Its end comes back
 * to the owner as a task of its loop.
 */
public interface IoThreads {

    /** Work that must not wait behind other work has a lane of its own. */
    enum Lane {
        /** fdatasync for group commit. */
        FLUSH,
        /** Reads that a client waits for. */
        READ,
        /** Recovery, retention, compaction, checkpoints, deletion. */
        MAINTENANCE
    }

    /** Runs the call in a lane; {@code done} runs on {@code owner}. Any thread may call. */
    <T> void call(Lane lane, IoCall<T> call, EventLoop owner, Completion<? super T> done);

    /** Blocking work. */
    @FunctionalInterface
    interface IoCall<T> {
        T run() throws IOException;
    }
}
