package io.sluice.core.group;

import io.sluice.core.group.GroupCommand.Caller;
import io.sluice.core.group.GroupCommand.Join;
import io.sluice.core.group.GroupCommand.Leaver;
import io.sluice.core.group.GroupCommand.Sync;
import io.sluice.core.model.ErrorCode;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Who may come, go and say that it lives.
 *
 * <pre>
 *   nobody ──join without an id──▶ promised an id ──join with it──┐
 *     │                                  └──not in time──▶ gone   │
 *     └──join of a static member, or of an old client──────────┐  │
 *                                                              ▼  ▼
 *       ┌──a join, when somebody comes or goes─────────────▶ joining: waits for the others
 *       │                                                        │ the generation begins
 *       │                                                        ▼
 *     has its part ◀──the leader assigned─────────────────── syncing: waits for the leader
 *
 *   any of them ──leaves, is silent for a session, is replaced by its instance──▶ gone
 * </pre>
 */
final class Joining {

    private final GroupSettings settings;
    private final Rebalance rebalance;

    Joining(GroupSettings settings, Rebalance rebalance) {
        this.settings = settings;
        this.rebalance = rebalance;
    }

    void join(Group group, Join join, long token, long nowMs, Out out) {
        ErrorCode error = refusal(group, join);
        if (error != ErrorCode.NONE) {
            out.answer(token, Rebalance.joinError(error, join.memberId()));
            return;
        }
        Member member;
        if (!join.memberId().isEmpty()) {
            member = group.members.get(join.memberId());
        } else {
            member = join.instanceId().map(group::instance).orElse(null);
        }
        if (member != null && join.memberId().isEmpty()) {
            replace(group, member, join, token, nowMs, out);
        } else if (member != null) {
            again(group, member, join, token, nowMs, out);
        } else if (join.memberId().isEmpty() && join.idFirst() && join.instanceId().isEmpty()) {
            group.promised.put(join.newMemberId(), nowMs + join.sessionMs());
            out.answer(
                    token, Rebalance.joinError(ErrorCode.MEMBER_ID_REQUIRED, join.newMemberId()));
        } else {
            String id = join.memberId().isEmpty() ? join.newMemberId() : join.memberId();
            group.promised.remove(id);
            enter(group, new Member(id, join), join, token, nowMs, out);
        }
    }

    private ErrorCode refusal(Group group, Join join) {
        if (join.group().isEmpty()) {
            return ErrorCode.INVALID_GROUP_ID;
        }
        if (join.sessionMs() < settings.minSessionMs()
                || join.sessionMs() > settings.maxSessionMs()) {
            return ErrorCode.INVALID_SESSION_TIMEOUT;
        }
        boolean known = group.members.containsKey(join.memberId());
        if (!join.memberId().isEmpty()) {
            boolean promised =
                    group.promised.containsKey(join.memberId()) && join.instanceId().isEmpty();
            ErrorCode fence = fence(group, join.memberId(), join.instanceId().orElse(null));
            if (fence != ErrorCode.NONE && !promised) {
                return fence;
            }
            if (!known && !promised) {
                return ErrorCode.UNKNOWN_MEMBER_ID;
            }
        }
        if (!group.agrees(join)) {
            return ErrorCode.INCONSISTENT_GROUP_PROTOCOL;
        }
        boolean returns =
                known
                        || group.promised.containsKey(join.memberId())
                        || join.instanceId().map(group.instances::containsKey).orElse(false);
        return !returns && group.members.size() + group.promised.size() >= settings.maxMembers()
                ? ErrorCode.GROUP_MAX_SIZE_REACHED
                : ErrorCode.NONE;
    }

    /** A static member is who holds its instance now (KIP-345). */
    private static ErrorCode fence(Group group, String memberId, @Nullable String instanceId) {
        if (instanceId == null) {
            return ErrorCode.NONE;
        }
        String holder = group.instances.get(instanceId);
        if (holder == null) {
            return ErrorCode.UNKNOWN_MEMBER_ID;
        }
        return holder.equals(memberId) ? ErrorCode.NONE : ErrorCode.FENCED_INSTANCE_ID;
    }

    private void enter(Group group, Member member, Join join, long token, long nowMs, Out out) {
        if (group.members.isEmpty()) {
            group.protocolType = join.protocolType();
        }
        group.add(member);
        member.joinToken = token;
        member.alive(nowMs);
        if (group.delayed) {
            group.grewWhileDelayed = true;
        }
        rebalance.prepare(group, nowMs, out);
    }

    /** A member that is known joins: in earnest, or because the last answer was lost. */
    private void again(Group group, Member member, Join join, long token, long nowMs, Out out) {
        boolean same = join.protocols().equals(member.protocols);
        boolean lost =
                same
                        && (group.state == GroupState.COMPLETING
                                || (group.state == GroupState.STABLE
                                        && !group.leader.equals(member.id)));
        member.alive(nowMs);
        if (lost) {
            out.answer(token, Rebalance.joined(group, member, false));
            return;
        }
        if (member.joinToken != Member.NOBODY) {
            out.answer(
                    member.joinToken,
                    Rebalance.joinError(ErrorCode.REBALANCE_IN_PROGRESS, member.id));
        }
        member.update(join);
        member.joinToken = token;
        rebalance.prepare(group, nowMs, out);
    }

    /** A static member comes back without its id: it takes the place of what it was. */
    private void replace(Group group, Member before, Join join, long token, long nowMs, Out out) {
        if (before.joinToken != Member.NOBODY) {
            out.answer(
                    before.joinToken, Rebalance.joinError(ErrorCode.FENCED_INSTANCE_ID, before.id));
        }
        if (before.syncToken != Member.NOBODY) {
            out.answer(before.syncToken, Rebalance.syncError(ErrorCode.FENCED_INSTANCE_ID));
        }
        boolean same = Rebalance.sameOffer(group, before, join);
        boolean led = group.leader.equals(before.id);
        String leaderBefore = group.leader;
        Member member = new Member(join.newMemberId(), join);
        member.assignment = before.assignment;
        member.synced = before.synced;
        group.remove(before);
        group.add(member);
        if (led) {
            group.leader = member.id;
        }
        member.alive(nowMs);
        if (group.state == GroupState.STABLE && same) {
            out.store(group.toStore());
            // An old client that leads would assign again; it is told that another leads.
            boolean follows = led && !join.maySkip();
            GroupReply.Joined told = Rebalance.joined(group, member, led && join.maySkip());
            out.answer(
                    token,
                    follows
                            ? new GroupReply.Joined(
                                    told.error(),
                                    told.generation(),
                                    told.protocolType(),
                                    told.protocolName(),
                                    leaderBefore,
                                    told.memberId(),
                                    List.of(),
                                    false)
                            : told);
            return;
        }
        member.joinToken = token;
        rebalance.prepare(group, nowMs, out);
    }

    void sync(@Nullable Group group, Sync sync, long token, long nowMs, Out out) {
        ErrorCode error = group == null ? ErrorCode.UNKNOWN_MEMBER_ID : check(group, sync.caller());
        Member member = group == null ? null : group.members.get(sync.caller().memberId());
        if (error != ErrorCode.NONE || group == null || member == null) {
            out.answer(token, Rebalance.syncError(error));
            return;
        }
        boolean agrees =
                sync.protocolType().map(group.protocolType::equals).orElse(true)
                        && sync.protocolName()
                                .map(name -> group.protocolName.map(name::equals).orElse(true))
                                .orElse(true);
        if (!agrees) {
            out.answer(token, Rebalance.syncError(ErrorCode.INCONSISTENT_GROUP_PROTOCOL));
            return;
        }
        member.alive(nowMs);
        switch (group.state) {
            case PREPARING ->
                    out.answer(token, Rebalance.syncError(ErrorCode.REBALANCE_IN_PROGRESS));
            case COMPLETING -> {
                if (member.syncToken != Member.NOBODY) {
                    out.answer(
                            member.syncToken, Rebalance.syncError(ErrorCode.REBALANCE_IN_PROGRESS));
                }
                member.syncToken = token;
                member.synced = true;
                if (group.leader.equals(member.id)) {
                    rebalance.assign(group, sync.assignments(), nowMs, out);
                }
            }
            case STABLE -> out.answer(token, Rebalance.synced(group, member));
            case EMPTY, DEAD, ASSIGNING, RECONCILING ->
                    out.answer(token, Rebalance.syncError(ErrorCode.UNKNOWN_MEMBER_ID));
        }
    }

    ErrorCode heartbeat(@Nullable Group group, Caller caller, long nowMs) {
        if (group == null) {
            return ErrorCode.UNKNOWN_MEMBER_ID;
        }
        ErrorCode error = check(group, caller);
        Member member = group.members.get(caller.memberId());
        if (error != ErrorCode.NONE || member == null) {
            return error;
        }
        member.alive(nowMs);
        return group.state == GroupState.PREPARING
                ? ErrorCode.REBALANCE_IN_PROGRESS
                : ErrorCode.NONE;
    }

    /** Whether the caller is a member of this generation. */
    static ErrorCode check(Group group, Caller caller) {
        ErrorCode fence = fence(group, caller.memberId(), caller.instanceId().orElse(null));
        if (fence != ErrorCode.NONE) {
            return fence;
        }
        if (!group.members.containsKey(caller.memberId())) {
            return ErrorCode.UNKNOWN_MEMBER_ID;
        }
        return caller.generation() == group.generation
                ? ErrorCode.NONE
                : ErrorCode.ILLEGAL_GENERATION;
    }

    List<ErrorCode> leave(@Nullable Group group, List<Leaver> leavers, long nowMs, Out out) {
        List<ErrorCode> errors = new ArrayList<>();
        List<Member> gone = new ArrayList<>();
        for (Leaver leaver : leavers) {
            if (group == null) {
                errors.add(ErrorCode.UNKNOWN_MEMBER_ID);
            } else if (group.promised.remove(leaver.memberId()) != null) {
                errors.add(ErrorCode.NONE);
            } else {
                errors.add(leave(group, leaver, gone));
            }
        }
        if (group != null) {
            rebalance.remove(group, gone, nowMs, out);
            rebalance.goOnIfAllJoined(group, nowMs, out);
        }
        return errors;
    }

    private static ErrorCode leave(Group group, Leaver leaver, List<Member> gone) {
        Member member;
        if (leaver.instanceId().isPresent()) {
            member = group.instance(leaver.instanceId().get());
            boolean another =
                    member != null
                            && !leaver.memberId().isEmpty()
                            && !member.id.equals(leaver.memberId());
            if (another) {
                return ErrorCode.FENCED_INSTANCE_ID;
            }
        } else {
            member = group.members.get(leaver.memberId());
        }
        if (member == null || gone.contains(member)) {
            return ErrorCode.UNKNOWN_MEMBER_ID;
        }
        gone.add(member);
        return ErrorCode.NONE;
    }
}
