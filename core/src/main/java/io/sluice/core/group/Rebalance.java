package io.sluice.core.group;

import io.sluice.core.group.GroupCommand.Join;
import io.sluice.core.group.GroupReply.Joined;
import io.sluice.core.group.GroupReply.Synced;
import io.sluice.core.model.ErrorCode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The steps of a rebalance. A group that begins waits a moment for company (KIP-134); then a
 * generation begins as soon as all members have joined, or without those who are late.
 */
final class Rebalance {

    private final GroupSettings settings;

    Rebalance(GroupSettings settings) {
        this.settings = settings;
    }

    /** Members must join anew. */
    void prepare(Group group, long nowMs, Out out) {
        if (group.state == GroupState.PREPARING) {
            goOnIfAllJoined(group, nowMs, out);
            return;
        }
        answerSyncs(group, ErrorCode.REBALANCE_IN_PROGRESS, out);
        boolean isNew = group.state == GroupState.EMPTY;
        group.state = GroupState.PREPARING;
        long longest = group.longestRebalanceMs();
        if (isNew && settings.initialDelayMs() > 0) {
            group.delayed = true;
            group.grewWhileDelayed = false;
            long delay = Math.min(settings.initialDelayMs(), longest);
            group.delayLeftMs = longest - delay;
            group.rebalanceMs = nowMs + delay;
            return;
        }
        group.rebalanceMs = nowMs + longest;
        goOnIfAllJoined(group, nowMs, out);
    }

    void goOnIfAllJoined(Group group, long nowMs, Out out) {
        if (group.state == GroupState.PREPARING && !group.delayed && group.allJoined()) {
            begin(group, nowMs, out);
        }
    }

    /** The time of {@link Group#rebalanceMs} has come. */
    void timeIsUp(Group group, long nowMs, Out out) {
        switch (group.state) {
            case PREPARING -> {
                if (group.delayed && group.grewWhileDelayed && group.delayLeftMs > 0) {
                    long delay = Math.min(settings.initialDelayMs(), group.delayLeftMs);
                    group.delayLeftMs -= delay;
                    group.grewWhileDelayed = false;
                    group.rebalanceMs = nowMs + delay;
                } else {
                    begin(group, nowMs, out);
                }
            }
            case COMPLETING -> {
                // Who has its place in the generation and does not ask for its part holds up all.
                for (Member member : List.copyOf(group.members.values())) {
                    if (!member.synced) {
                        group.remove(member);
                    }
                }
                prepare(group, nowMs, out);
            }
            case EMPTY, STABLE, DEAD, ASSIGNING, RECONCILING, NOT_READY ->
                    group.rebalanceMs = Group.NEVER;
        }
    }

    /** A new generation of those who have joined. */
    private void begin(Group group, long nowMs, Out out) {
        group.delayed = false;
        for (Member member : List.copyOf(group.members.values())) {
            // A static member may be away until its session ends (KIP-345).
            if (member.joinToken == Member.NOBODY && member.instanceId.isEmpty()) {
                group.remove(member);
            }
        }
        boolean nobodyJoined =
                group.members.values().stream().allMatch(one -> one.joinToken == Member.NOBODY);
        if (nobodyJoined && !group.members.isEmpty()) {
            group.rebalanceMs = nowMs + Math.max(1, group.longestRebalanceMs());
            return;
        }
        group.generation++;
        if (group.members.isEmpty()) {
            empty(group, nowMs, out);
            return;
        }
        Member first = group.members.get(group.leader);
        if (first == null || first.joinToken == Member.NOBODY) {
            group.leader =
                    group.members.values().stream()
                            .filter(one -> one.joinToken != Member.NOBODY)
                            .findFirst()
                            .map(one -> one.id)
                            .orElse(group.leader);
        }
        group.protocolName = Optional.of(group.vote());
        group.state = GroupState.COMPLETING;
        group.rebalanceMs = nowMs + group.longestRebalanceMs();
        for (Member member : group.members.values()) {
            member.synced = false;
            member.alive(nowMs);
            if (member.joinToken != Member.NOBODY) {
                out.answer(member.joinToken, joined(group, member, false));
                member.joinToken = Member.NOBODY;
            }
        }
    }

    private static void empty(Group group, long nowMs, Out out) {
        group.state = GroupState.EMPTY;
        group.protocolName = Optional.empty();
        group.leader = "";
        group.sinceMs = nowMs;
        group.rebalanceMs = Group.NEVER;
        out.store(group.toStore());
    }

    /** The generation as that member is told. */
    static Joined joined(Group group, Member member, boolean skip) {
        boolean leads = group.leader.equals(member.id);
        return new Joined(
                ErrorCode.NONE,
                group.generation,
                Optional.of(group.protocolType),
                group.protocolName,
                group.leader,
                member.id,
                leads ? group.joinedMembers() : List.of(),
                skip);
    }

    /** The leader has assigned. */
    void assign(Group group, List<GroupCommand.Assignment> assignments, long nowMs, Out out) {
        for (Member member : group.members.values()) {
            member.assignment = Bytes.NONE;
        }
        for (GroupCommand.Assignment one : assignments) {
            Member member = group.members.get(one.memberId());
            if (member != null) {
                member.assignment = one.assignment();
            }
        }
        group.state = GroupState.STABLE;
        group.rebalanceMs = Group.NEVER;
        out.store(group.toStore());
        for (Member member : group.members.values()) {
            if (member.syncToken != Member.NOBODY) {
                out.answer(member.syncToken, synced(group, member));
                member.syncToken = Member.NOBODY;
            }
            member.alive(nowMs);
        }
    }

    static Synced synced(Group group, Member member) {
        return new Synced(
                ErrorCode.NONE,
                Optional.of(group.protocolType),
                group.protocolName,
                member.assignment);
    }

    private static void answerSyncs(Group group, ErrorCode error, Out out) {
        for (Member member : group.members.values()) {
            if (member.syncToken != Member.NOBODY) {
                out.answer(member.syncToken, syncError(error));
                member.syncToken = Member.NOBODY;
            }
        }
    }

    /** Nobody needs to wait any more: the group goes on otherwise. */
    void disperse(Group group, Out out) {
        answerSyncs(group, ErrorCode.REBALANCE_IN_PROGRESS, out);
        for (Member member : group.members.values()) {
            if (member.joinToken != Member.NOBODY) {
                out.answer(member.joinToken, joinError(ErrorCode.REBALANCE_IN_PROGRESS, member.id));
                member.joinToken = Member.NOBODY;
            }
        }
    }

    static Synced syncError(ErrorCode error) {
        return new Synced(error, Optional.empty(), Optional.empty(), Bytes.NONE);
    }

    static Joined joinError(ErrorCode error, String memberId) {
        return new Joined(
                error, -1, Optional.empty(), Optional.empty(), "", memberId, List.of(), false);
    }

    /** Takes members out, answers what they wait for, and lets the others go on. */
    void remove(Group group, List<Member> gone, long nowMs, Out out) {
        for (Member member : gone) {
            group.remove(member);
            if (member.joinToken != Member.NOBODY) {
                out.answer(member.joinToken, joinError(ErrorCode.UNKNOWN_MEMBER_ID, member.id));
            }
            if (member.syncToken != Member.NOBODY) {
                out.answer(member.syncToken, syncError(ErrorCode.UNKNOWN_MEMBER_ID));
            }
        }
        if (!gone.isEmpty() && group.state != GroupState.EMPTY) {
            prepare(group, nowMs, out);
        }
    }

    /** Whether a static member that comes back offers what it offered: nobody else is disturbed. */
    static boolean sameOffer(Group group, Member before, Join join) {
        List<GroupCommand.Protocol> offered = new ArrayList<>(join.protocols());
        if (before.protocols.size() == 1) {
            // After the log was read only the chosen protocol is known.
            String known = before.protocols.getFirst().name();
            offered.removeIf(one -> !one.name().equals(known));
        }
        return offered.equals(before.protocols)
                && group.protocolName.isPresent()
                && before.offers(group.protocolName.get());
    }
}
