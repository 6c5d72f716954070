package io.sluice.core.group;

import io.sluice.core.model.ErrorCode;
import java.util.Set;

/** A group as its offsets see it, whatever its protocol. Valid for one decision. */
interface OffsetOwner {

    String name();

    /** Whether the caller may store offsets. A sign of life, where the protocol takes it as one. */
    ErrorCode mayCommit(GroupCommand.Caller caller, long nowMs);

    /** Whether a caller that says who it is may read them. */
    ErrorCode mayFetch(GroupCommand.Caller caller, long nowMs);

    /** Topics that members read now: their offsets are in use. */
    Set<String> topics();

    /** Whether {@link #topics} can be told, or nobody reads. */
    boolean tellsTopics();

    boolean hasMembers();

    /** Whether members come and go just now, so that nobody can say what is in use. */
    boolean isUnsettled();

    /** When the last member went; 0 if there are some, or never were. */
    long emptySinceMs();

    /** When nobody needed the group itself any more. */
    long unusedSinceMs();

    /** All that is stored of the group goes; its offsets are another matter. */
    void forget(Out out);
}
