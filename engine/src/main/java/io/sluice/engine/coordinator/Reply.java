package io.sluice.engine.coordinator;

import io.sluice.core.model.ErrorCode;

/** What became of a command. */
public sealed interface Reply<R> {

    /** The coordinator has answered, and what the answer rests on is committed. */
    record Answered<R>(R answer) implements Reply<R> {}

    /**
     * The command was not decided, or nobody knows whether its events are stored.
     *
     * @param error NOT_COORDINATOR: another broker, or this one when it has loaded again;
     *     COORDINATOR_LOAD_IN_PROGRESS: the same broker, later; UNKNOWN_SERVER_ERROR: a defect
     */
    record Refused<R>(ErrorCode error) implements Reply<R> {}
}
