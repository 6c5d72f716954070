package io.sluice.core.group;

import io.sluice.core.coordinator.Coordinator;
import io.sluice.core.coordinator.Decision;
import io.sluice.core.group.GroupCommand.Caller;
import io.sluice.core.group.GroupReply.Done;
import io.sluice.core.model.ErrorCode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The groups of one partition of the offsets topic. A group's members live here and are stored once
 * a generation is assigned; offsets are changed by events alone.
 *
 * <p>A group that was read from the log gets the deadlines of its members at the first moment
 * after.
 */
public final class GroupCoordinator implements Coordinator<GroupCommand, GroupEvent, GroupReply> {

    /** A time at which a group wants to be looked at. */
    private record Wake(long atMs, String group) {}

    private final GroupSettings settings;
    private final SortedMap<String, Group> groups = new TreeMap<>();
    private final Offsets offsets;
    private final Joining joining;
    private final Rebalance rebalance;
    private final TreeSet<Wake> wakes =
            new TreeSet<>(Comparator.comparingLong(Wake::atMs).thenComparing(Wake::group));

    /** When offsets are looked through next; in the past until the first look. */
    private long checkMs;

    public GroupCoordinator(GroupSettings settings) {
        this.settings = settings;
        this.offsets = new Offsets(settings);
        this.rebalance = new Rebalance(settings);
        this.joining = new Joining(settings, rebalance);
    }

    @Override
    public Decision<GroupEvent, GroupReply> decide(long token, GroupCommand command, long nowMs) {
        Out out = new Out();
        switch (command) {
            case GroupCommand.Join join -> {
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
            case GroupCommand.Sync sync -> {
                Group group = find(sync.group(), nowMs);
                joining.sync(group, sync, token, nowMs, out);
                arm(group);
            }
            case GroupCommand.Heartbeat beat -> {
                Group group = find(beat.group(), nowMs);
                out.answer(token, new Done(joining.heartbeat(group, beat.caller(), nowMs)));
            }
            case GroupCommand.Leave leave -> {
                Group group = find(leave.group(), nowMs);
                out.answer(
                        token,
                        new GroupReply.Left(joining.leave(group, leave.leavers(), nowMs, out)));
                arm(group);
            }
            case GroupCommand.Commit commit -> {
                Group group = find(commit.group(), nowMs);
                ErrorCode error = mayCommit(group, commit.caller(), commit.group(), nowMs);
                out.answer(token, offsets.commit(commit, error, nowMs, out));
            }
            case GroupCommand.Fetch fetch ->
                    out.answer(token, offsets.fetch(fetch.group(), fetch.partitions()));
            case GroupCommand.DeleteOffsets delete ->
                    out.answer(token, offsets.delete(find(delete.group(), nowMs), delete, out));
            case GroupCommand.Delete delete ->
                    out.answer(token, new Done(delete(find(delete.group(), nowMs), out)));
            case GroupCommand.TopicsGone gone -> {
                offsets.forgetTopics(gone.topics(), out);
                out.answer(token, new Done(ErrorCode.NONE));
            }
            case GroupCommand.ListAll all -> out.answer(token, list());
            case GroupCommand.Describe describe ->
                    out.answer(token, describe(groups.get(describe.group()), describe.group()));
        }
        return out.decision();
    }

    private @Nullable Group find(String name, long nowMs) {
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

    private static ErrorCode mayCommit(
            @Nullable Group group, Caller caller, String name, long nowMs) {
        if (name.isEmpty()) {
            return ErrorCode.INVALID_GROUP_ID;
        }
        if (group == null) {
            return caller.generation() < 0 ? ErrorCode.NONE : ErrorCode.ILLEGAL_GENERATION;
        }
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

    private ErrorCode delete(@Nullable Group group, Out out) {
        if (group == null) {
            return ErrorCode.GROUP_ID_NOT_FOUND;
        }
        if (!group.members.isEmpty() || !group.promised.isEmpty()) {
            return ErrorCode.NON_EMPTY_GROUP;
        }
        offsets.forget(group.name, out);
        out.store(new GroupEvent.Removed(group.name));
        return ErrorCode.NONE;
    }

    private GroupReply list() {
        List<GroupReply.ListedGroup> all = new ArrayList<>();
        for (Group group : groups.values()) {
            all.add(new GroupReply.ListedGroup(group.name, group.protocolType, group.state));
        }
        return new GroupReply.Listed(all);
    }

    private static GroupReply describe(@Nullable Group group, String name) {
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

    @Override
    public void apply(GroupEvent event) {
        switch (event) {
            case GroupEvent.Stored stored -> {
                Group known = groups.get(stored.group());
                if (known == null || !known.live) {
                    groups.put(stored.group(), new Group(stored));
                }
            }
            case GroupEvent.Removed removed -> {
                Group known = groups.remove(removed.group());
                if (known != null) {
                    wakes.remove(new Wake(known.wakeMs, known.name));
                }
            }
            case GroupEvent.Offset offset -> {
                groups.computeIfAbsent(offset.group(), Group::new);
                offsets.apply(offset);
            }
            case GroupEvent.OffsetRemoved removed -> offsets.apply(removed);
        }
    }

    @Override
    public long nextDeadlineMs() {
        return wakes.isEmpty() ? checkMs : Math.min(checkMs, wakes.first().atMs());
    }

    @Override
    public Decision<GroupEvent, GroupReply> onDeadline(long nowMs) {
        Out out = new Out();
        if (nowMs >= checkMs) {
            checkMs = nowMs + settings.retentionCheckMs();
            groups.values().forEach(group -> start(group, nowMs));
            expire(nowMs, out);
        }
        while (!wakes.isEmpty() && wakes.first().atMs() <= nowMs) {
            Wake wake = wakes.removeFirst();
            Group group = groups.get(wake.group());
            if (group != null) {
                group.wakeMs = Group.NEVER;
                look(group, nowMs, out);
                arm(group);
            }
        }
        return out.decision();
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
                && !offsets.has(group.name)) {
            out.store(new GroupEvent.Removed(group.name));
        }
    }

    private void expire(long nowMs, Out out) {
        for (Group group : groups.values()) {
            boolean left = offsets.expire(group, nowMs, out);
            if (!left
                    && group.members.isEmpty()
                    && group.promised.isEmpty()
                    && nowMs - group.sinceMs >= settings.retentionMs()) {
                out.store(new GroupEvent.Removed(group.name));
            }
        }
    }

    /** For tests and metrics. */
    public Optional<GroupState> state(String group) {
        return Optional.ofNullable(groups.get(group)).map(one -> one.state);
    }
}
