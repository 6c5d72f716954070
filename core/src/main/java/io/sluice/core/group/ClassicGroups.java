package io.sluice.core.group;

import io.sluice.core.group.GroupCommand.Caller;
import io.sluice.core.model.ErrorCode;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The groups whose members assign among themselves (the classic protocol). Members live here and
 * are stored once a generation is assigned; a group that was read from the log gets the deadlines
 * of its members at the first moment after.
 */
final class ClassicGroups {

    /** A time at which a group wants to be looked at. */
    private record Wake(long atMs, String group) {}

    private final SortedMap<String, Group> groups = new TreeMap<>();
    private final Joining joining;
    private final Rebalance rebalance;
    private final Predicate<String> hasOffsets;
    private final TreeSet<Wake> wakes =
            new TreeSet<>(Comparator.comparingLong(Wake::atMs).thenComparing(Wake::group));

    ClassicGroups(GroupSettings settings, Predicate<String> hasOffsets) {
        this.hasOffsets = hasOffsets;
        this.rebalance = new Rebalance(settings);
        this.joining = new Joining(settings, rebalance);
    }

    Collection<Group> all() {
        return Collections.unmodifiableCollection(groups.values());
    }

    /** As it is, without a moment to count its deadlines from. */
    @Nullable Group peek(String name) {
        return groups.get(name);
    }

    @Nullable Group find(String name, long nowMs) {
        Group group = groups.get(name);
        if (group != null) {
            start(group, nowMs);
        }
        return group;
    }

    /** Members that were read from the log have a whole session to show that they live. */
    private void start(Group group, long nowMs) {
        if (!group.live) {
            group.live = true;
            group.members.values().forEach(member -> member.alive(nowMs));
            arm(group);
        }
    }

    void startAll(long nowMs) {
        groups.values().forEach(group -> start(group, nowMs));
    }

    void join(GroupCommand.Join join, long token, long nowMs, Out out) {
        Group group = find(join.group(), nowMs);
        boolean isNew = group == null;
        if (group == null) {
            group = new Group(join.group());
            group.live = true;
        }
        joining.join(group, join, token, nowMs, out);
        if (isNew && (!group.members.isEmpty() || !group.promised.isEmpty())) {
            groups.put(group.name, group);
        }
        arm(group);
    }

    void sync(GroupCommand.Sync sync, long token, long nowMs, Out out) {
        Group group = find(sync.group(), nowMs);
        joining.sync(group, sync, token, nowMs, out);
        arm(group);
    }

    ErrorCode heartbeat(GroupCommand.Heartbeat beat, long nowMs) {
        return joining.heartbeat(find(beat.group(), nowMs), beat.caller(), nowMs);
    }

    List<ErrorCode> leave(GroupCommand.Leave leave, long nowMs, Out out) {
        Group group = find(leave.group(), nowMs);
        List<ErrorCode> errors = joining.leave(group, leave.leavers(), nowMs, out);
        arm(group);
        return errors;
    }

    /** Whoever waits for an answer of the group joins again; the group becomes another one. */
    void disperse(Group group, Out out) {
        rebalance.disperse(group, out);
    }

    /** A group whose members, taken over from another protocol, have to join again. */
    void takeOver(Group made, long nowMs, Out out) {
        made.live = true;
        made.members.values().forEach(member -> member.alive(nowMs));
        out.store(made.toStore());
        groups.put(made.name, made);
        rebalance.prepare(made, nowMs, out);
        arm(made);
    }

    /**
     * Makes sure that the group is looked at in time. A deadline that moved back is left as it is
     * known: the look is too early then, and arms again. So a heartbeat need not arm.
     */
    private void arm(@Nullable Group group) {
        if (group == null || groups.get(group.name) != group) {
            return;
        }
        long next = group.nextMs();
        if (next < group.wakeMs) {
            wakes.remove(new Wake(group.wakeMs, group.name));
            group.wakeMs = next;
            wakes.add(new Wake(next, group.name));
        }
    }

    long nextDeadlineMs() {
        return wakes.isEmpty() ? Long.MAX_VALUE : wakes.first().atMs();
    }

    void onTime(long nowMs, Out out) {
        while (nextDeadlineMs() <= nowMs) {
            Wake wake = wakes.removeFirst();
            Group group = groups.get(wake.group());
            if (group != null) {
                group.wakeMs = Group.NEVER;
                look(group, nowMs, out);
                arm(group);
            }
        }
    }

    private void look(Group group, long nowMs, Out out) {
        group.promised.values().removeIf(at -> at <= nowMs);
        List<Member> dead = new ArrayList<>();
        for (Member member : group.members.values()) {
            if (!member.waits() && member.deadlineMs <= nowMs) {
                dead.add(member);
            }
        }
        rebalance.remove(group, dead, nowMs, out);
        if (group.rebalanceMs <= nowMs) {
            rebalance.timeIsUp(group, nowMs, out);
        } else {
            rebalance.goOnIfAllJoined(group, nowMs, out);
        }
        forgetUnused(group, out);
    }

    /** A group that never had a generation, nor an offset, leaves nothing behind. */
    private void forgetUnused(Group group, Out out) {
        if (group.generation == 0
                && group.members.isEmpty()
                && group.promised.isEmpty()
                && !hasOffsets.test(group.name)) {
            out.store(new GroupEvent.Removed(group.name));
        }
    }

    static GroupReply.Described describe(@Nullable Group group, String name) {
        if (group == null) {
            return new GroupReply.Described(name, GroupState.DEAD, "", "", List.of());
        }
        // What was assigned tells nothing while a new generation is being made.
        boolean assigned = group.state == GroupState.STABLE;
        String protocol = assigned ? group.protocolName.orElse("") : "";
        List<GroupReply.DescribedMember> members = new ArrayList<>();
        for (Member member : group.members.values()) {
            members.add(
                    new GroupReply.DescribedMember(
                            member.id,
                            member.instanceId,
                            member.clientId,
                            member.clientHost,
                            assigned ? member.metadata(protocol) : Bytes.NONE,
                            assigned ? member.assignment : Bytes.NONE));
        }
        return new GroupReply.Described(name, group.state, group.protocolType, protocol, members);
    }

    void apply(GroupEvent.Stored stored) {
        Group known = groups.get(stored.group());
        if (known == null || !known.live) {
            groups.put(stored.group(), new Group(stored));
        }
    }

    /** Offsets without a group stand for one that never had members. */
    void standFor(String name) {
        groups.computeIfAbsent(name, Group::new);
    }

    void drop(String name) {
        Group known = groups.remove(name);
        if (known != null) {
            wakes.remove(new Wake(known.wakeMs, known.name));
        }
    }

    @Nullable OffsetOwner owner(String name, long nowMs) {
        Group group = find(name, nowMs);
        return group == null ? null : new Owner(group);
    }

    /** A group of the classic protocol as its offsets see it. */
    private record Owner(Group group) implements OffsetOwner {

        @Override
        public String name() {
            return group.name;
        }

        @Override
        public ErrorCode mayCommit(Caller caller, long nowMs) {
            if (caller.generation() < 0
                    && caller.memberId().isEmpty()
                    && caller.instanceId().isEmpty()) {
                // By hand, or by an administrator: only while nobody reads (KIP-211).
                return group.members.isEmpty() ? ErrorCode.NONE : ErrorCode.UNKNOWN_MEMBER_ID;
            }
            ErrorCode error = Joining.check(group, caller);
            if (error != ErrorCode.NONE) {
                return error;
            }
            Member member = group.members.get(caller.memberId());
            if (member != null) {
                member.alive(nowMs);
            }
            return group.state == GroupState.COMPLETING
                    ? ErrorCode.REBALANCE_IN_PROGRESS
                    : ErrorCode.NONE;
        }

        @Override
        public ErrorCode mayFetch(Caller caller, long nowMs) {
            return ErrorCode.NONE;
        }

        @Override
        public Set<String> topics() {
            return ConsumerProtocol.topics(group);
        }

        @Override
        public boolean tellsTopics() {
            return group.members.isEmpty() || group.protocolType.equals(ConsumerProtocol.TYPE);
        }

        @Override
        public boolean hasMembers() {
            return !group.members.isEmpty() || !group.promised.isEmpty();
        }

        @Override
        public boolean isUnsettled() {
            return !group.members.isEmpty() && group.state != GroupState.STABLE;
        }

        @Override
        public long emptySinceMs() {
            boolean wasUsed = group.state == GroupState.EMPTY && !group.protocolType.isEmpty();
            return wasUsed ? group.sinceMs : 0L;
        }

        @Override
        public long unusedSinceMs() {
            return group.sinceMs;
        }

        @Override
        public void forget(Out out) {
            out.store(new GroupEvent.Removed(group.name));
        }
    }
}
