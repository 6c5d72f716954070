package io.sluice.core.group;

import io.sluice.core.group.GroupCommand.Caller;
import io.sluice.core.model.ErrorCode;
import java.util.Map;

/**
 * A group whose members' rights their epochs tell, as its offsets see it (KIP-848, "Offset
 * Commit").
 *
 * @param <M> a member
 */
abstract class EpochOwner<M extends EpochMember<?>> implements OffsetOwner {

    private final String name;
    private final Map<String, M> members;
    private final long sinceMs;

    /**
     * @param sinceMs when the last member went
     */
    EpochOwner(String name, Map<String, M> members, long sinceMs) {
        this.name = name;
        this.members = members;
        this.sinceMs = sinceMs;
    }

    /** What a member is told that names another epoch than its own. */
    ErrorCode otherEpoch(M member) {
        return ErrorCode.STALE_MEMBER_EPOCH;
    }

    /** A member has said something; its heartbeats are another matter. */
    void heard(M member, long nowMs) {}

    @Override
    public String name() {
        return name;
    }

    @Override
    public ErrorCode mayCommit(Caller caller, long nowMs) {
        boolean nobody = caller.memberId().isEmpty() && caller.instanceId().isEmpty();
        if (caller.generation() < 0 && nobody) {
            // By hand, or by an administrator: only while nobody reads (KIP-211).
            return members.isEmpty() ? ErrorCode.NONE : ErrorCode.UNKNOWN_MEMBER_ID;
        }
        return checkEpoch(caller, nowMs);
    }

    @Override
    public ErrorCode mayFetch(Caller caller, long nowMs) {
        return caller.memberId().isEmpty() && caller.generation() < 0
                ? ErrorCode.NONE
                : checkEpoch(caller, nowMs);
    }

    private ErrorCode checkEpoch(Caller caller, long nowMs) {
        M member = members.get(caller.memberId());
        if (member == null) {
            return ErrorCode.UNKNOWN_MEMBER_ID;
        }
        heard(member, nowMs);
        return caller.generation() == member.standing().epoch()
                ? ErrorCode.NONE
                : otherEpoch(member);
    }

    @Override
    public boolean tellsTopics() {
        return true;
    }

    @Override
    public boolean hasMembers() {
        return !members.isEmpty();
    }

    @Override
    public boolean isUnsettled() {
        return false;
    }

    @Override
    public long emptySinceMs() {
        return members.isEmpty() ? sinceMs : 0L;
    }

    @Override
    public long unusedSinceMs() {
        return sinceMs;
    }
}
