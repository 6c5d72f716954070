package io.sluice.core.group;

import io.sluice.core.coordinator.Coordinator;
import io.sluice.core.coordinator.Decision;
import io.sluice.core.group.GroupCommand.Caller;
import io.sluice.core.group.GroupReply.Done;
import io.sluice.core.group.GroupReply.PerPartition;
import io.sluice.core.model.ErrorCode;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
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

    private final Topics topics;
    private final ConsumerGroups consumers;
    private final MixedGroups mixed;

    /** What one look for old offsets lets go, about: the rest goes at once after it. */
    private static final int EXPIRIES_AT_ONCE = 1_000;

    /** When offsets are looked through next; in the past until the first look. */
    private long checkMs;

    /** Groups whose offsets are still to be looked through. Every group once at most. */
    private final ArrayDeque<String> toCheck = new ArrayDeque<>();

    /** When offsets were looked through last. */
    private long lookedMs;

    public GroupCoordinator(GroupSettings settings, Topics topics) {
        this.settings = settings;
        this.topics = topics;
        this.consumers = new ConsumerGroups(settings, topics, this::downgrade);
        this.mixed = new MixedGroups(settings, topics, consumers);
        this.offsets = new Offsets(settings);
        this.rebalance = new Rebalance(settings);
        this.joining = new Joining(settings, rebalance);
    }

    @Override
    public Decision<GroupEvent, GroupReply> decide(long token, GroupCommand command, long nowMs) {
        Out out = new Out();
        consumers.start(nowMs);
        switch (command) {
            case GroupCommand.Join join -> join(join, token, nowMs, out);
            case GroupCommand.Sync sync -> {
                ConsumerGroup modern = consumers.find(sync.group());
                if (modern != null) {
                    out.answer(token, mixed.sync(modern, sync, nowMs));
                } else {
                    Group group = find(sync.group(), nowMs);
                    joining.sync(group, sync, token, nowMs, out);
                    arm(group);
                }
            }
            case GroupCommand.Heartbeat beat -> {
                ConsumerGroup modern = consumers.find(beat.group());
                ErrorCode error =
                        modern != null
                                ? mixed.heartbeat(modern, beat.caller(), nowMs)
                                : joining.heartbeat(
                                        find(beat.group(), nowMs), beat.caller(), nowMs);
                out.answer(token, new Done(error));
            }
            case GroupCommand.Beat beat -> out.answer(token, beat(beat, nowMs, out));
            case GroupCommand.Leave leave ->
                    out.answer(token, new GroupReply.Left(leave(leave, nowMs, out)));
            case GroupCommand.Commit commit -> {
                ConsumerGroup modern = consumers.find(commit.group());
                ErrorCode error =
                        modern != null
                                ? consumers.mayCommit(modern, commit.caller(), nowMs)
                                : mayCommit(
                                        find(commit.group(), nowMs),
                                        commit.caller(),
                                        commit.group(),
                                        nowMs);
                out.answer(token, offsets.commit(commit, error, nowMs, out));
            }
            case GroupCommand.Fetch fetch -> out.answer(token, fetch(fetch, nowMs));
            case GroupCommand.DeleteOffsets delete ->
                    out.answer(token, deleteOffsets(delete, nowMs, out));
            case GroupCommand.Delete delete ->
                    out.answer(token, new Done(delete(delete.group(), nowMs, out)));
            case GroupCommand.TopicsGone gone -> {
                offsets.forgetTopics(gone.topics(), out);
                out.answer(token, new Done(ErrorCode.NONE));
            }
            case GroupCommand.ListAll all -> out.answer(token, list());
            case GroupCommand.Describe describe ->
                    out.answer(token, describe(groups.get(describe.group()), describe.group()));
            case GroupCommand.DescribeConsumers describe ->
                    out.answer(token, consumers.describe(describe.group()));
        }
        return out.decision();
    }

    private void join(GroupCommand.Join join, long token, long nowMs, Out out) {
        ConsumerGroup modern = consumers.find(join.group());
        if (modern != null && !modern.members.isEmpty()) {
            out.answer(token, mixed.join(modern, join, nowMs, out));
            return;
        }
        if (modern != null) {
            Conversion.forget(modern, out); // nobody is in it: it is whose comes first
        }
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

    private List<ErrorCode> leave(GroupCommand.Leave leave, long nowMs, Out out) {
        ConsumerGroup modern = consumers.find(leave.group());
        if (modern != null) {
            return mixed.leave(modern, leave.leavers(), nowMs, out);
        }
        Group group = find(leave.group(), nowMs);
        List<ErrorCode> errors = joining.leave(group, leave.leavers(), nowMs, out);
        arm(group);
        return errors;
    }

    private GroupReply.Beaten beat(GroupCommand.Beat beat, long nowMs, Out out) {
        ConsumerGroup modern = consumers.find(beat.group());
        Group classic = find(beat.group(), nowMs);
        if (modern != null || beat.epoch() != 0) {
            return consumers.beat(modern, beat, nowMs, out);
        }
        if (classic == null) {
            return consumers.beat(new ConsumerGroup(beat.group()), beat, nowMs, out);
        }
        boolean empty = classic.members.isEmpty() && classic.promised.isEmpty();
        if (!empty && !(settings.consumers().mayUpgrade() && Conversion.canUpgrade(classic))) {
            return ConsumerGroups.refused(
                    ErrorCode.GROUP_ID_NOT_FOUND,
                    "group %s has members of the classic protocol that cannot be taken over"
                            .formatted(beat.group()));
        }
        Out converted = new Out();
        converted.store(new GroupEvent.Removed(classic.name));
        ConsumerGroup made = Conversion.upgrade(classic, topics.image());
        Conversion.store(made, converted);
        GroupReply.Beaten beaten = consumers.beat(made, beat, nowMs, converted);
        if (beaten.error() == ErrorCode.NONE) {
            rebalance.disperse(classic, out);
            made.members.values().forEach(member -> consumers.alive(made.name, member, nowMs));
            out.add(converted);
        }
        return beaten;
    }

    /** The group is left to members of the classic protocol: they join again in that one. */
    private void downgrade(Draft draft, long nowMs, Out out) {
        Group made = Conversion.downgrade(draft, topics.image());
        made.live = true;
        made.members.values().forEach(member -> member.alive(nowMs));
        draft.group.members.keySet().forEach(id -> consumers.deadlines.clear(made.name, id));
        Conversion.forget(draft.group, out);
        out.store(made.toStore());
        groups.put(made.name, made);
        rebalance.prepare(made, nowMs, out);
        arm(made);
    }

    private GroupReply fetch(GroupCommand.Fetch fetch, long nowMs) {
        ConsumerGroup modern = consumers.find(fetch.group());
        ErrorCode error =
                modern == null || fetch.caller().isEmpty()
                        ? ErrorCode.NONE
                        : consumers.mayFetch(modern, fetch.caller().get(), nowMs);
        return error == ErrorCode.NONE
                ? offsets.fetch(fetch.group(), fetch.partitions())
                : new GroupReply.Fetched(error, Map.of());
    }

    private GroupReply deleteOffsets(GroupCommand.DeleteOffsets delete, long nowMs, Out out) {
        ConsumerGroup modern = consumers.find(delete.group());
        if (modern != null) {
            return offsets.delete(
                    delete, consumers.targets().topicNames(modern.members.values()), out);
        }
        Group group = find(delete.group(), nowMs);
        if (group == null) {
            return new PerPartition(ErrorCode.GROUP_ID_NOT_FOUND, List.of());
        }
        if (!group.members.isEmpty() && !group.protocolType.equals(ConsumerProtocol.TYPE)) {
            return new PerPartition(ErrorCode.NON_EMPTY_GROUP, List.of());
        }
        return offsets.delete(delete, ConsumerProtocol.topics(group), out);
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

    private ErrorCode delete(String name, long nowMs, Out out) {
        ConsumerGroup modern = consumers.find(name);
        if (modern != null) {
            if (!modern.members.isEmpty()) {
                return ErrorCode.NON_EMPTY_GROUP;
            }
            offsets.forget(name, out);
            Conversion.forget(modern, out);
            return ErrorCode.NONE;
        }
        Group group = find(name, nowMs);
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
            all.add(new GroupReply.ListedGroup(group.name, group.protocolType, group.state, false));
        }
        for (ConsumerGroup group : consumers.all()) {
            all.add(
                    new GroupReply.ListedGroup(
                            group.name, ConsumerProtocol.TYPE, group.state(), true));
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
            case GroupEvent.Removed removed -> drop(removed.group());
            case GroupEvent.ConsumerGroupStored stored -> {
                // Offsets that were read before it stand for a group of the classic protocol.
                drop(stored.group());
                consumers.apply(stored);
            }
            case GroupEvent.ConsumerGroupRemoved removed -> {
                consumers.apply(removed);
                if (offsets.has(removed.group())) {
                    groups.computeIfAbsent(removed.group(), Group::new);
                }
            }
            case GroupEvent.OfConsumers ofConsumers -> consumers.apply(ofConsumers);
            case GroupEvent.Offset offset -> {
                if (consumers.find(offset.group()) == null) {
                    groups.computeIfAbsent(offset.group(), Group::new);
                }
                offsets.apply(offset);
            }
            case GroupEvent.OffsetRemoved removed -> offsets.apply(removed);
        }
    }

    private void drop(String name) {
        Group known = groups.remove(name);
        if (known != null) {
            wakes.remove(new Wake(known.wakeMs, known.name));
        }
    }

    @Override
    public long nextDeadlineMs() {
        long check = toCheck.isEmpty() ? checkMs : lookedMs;
        long next = Math.min(check, consumers.deadlines.next());
        return wakes.isEmpty() ? next : Math.min(next, wakes.first().atMs());
    }

    @Override
    public Decision<GroupEvent, GroupReply> onDeadline(long nowMs) {
        Out out = new Out();
        consumers.start(nowMs);
        consumers.onTime(nowMs, out);
        if (nowMs >= checkMs && toCheck.isEmpty()) {
            checkMs = nowMs + settings.retentionCheckMs();
            groups.values().forEach(group -> start(group, nowMs));
            toCheck.addAll(groups.keySet());
            consumers.all().forEach(group -> toCheck.add(group.name));
        }
        expire(nowMs, out);
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

    /** Goes on where the last look stopped. */
    private void expire(long nowMs, Out out) {
        lookedMs = nowMs;
        int limit = out.size() + EXPIRIES_AT_ONCE;
        while (!toCheck.isEmpty()) {
            String name = toCheck.getFirst();
            Group group = groups.get(name);
            if (group != null) {
                expire(group, nowMs, limit, out);
            }
            ConsumerGroup modern = consumers.find(name);
            if (modern != null) {
                expire(modern, nowMs, limit, out);
            }
            if (out.size() >= limit) {
                return; // what is left of this one comes first next time
            }
            toCheck.removeFirst();
        }
    }

    private void expire(Group group, long nowMs, int limit, Out out) {
        boolean rebalances = !group.members.isEmpty() && group.state != GroupState.STABLE;
        boolean wasUsed = group.state == GroupState.EMPTY && !group.protocolType.isEmpty();
        boolean left =
                rebalances
                        || offsets.expire(
                                group.name,
                                ConsumerProtocol.topics(group),
                                wasUsed ? group.sinceMs : 0L,
                                nowMs,
                                limit,
                                out);
        if (!left
                && group.members.isEmpty()
                && group.promised.isEmpty()
                && nowMs - group.sinceMs >= settings.retentionMs()) {
            out.store(new GroupEvent.Removed(group.name));
        }
    }

    private void expire(ConsumerGroup group, long nowMs, int limit, Out out) {
        boolean left =
                offsets.expire(
                        group.name,
                        consumers.targets().topicNames(group.members.values()),
                        group.members.isEmpty() ? group.sinceMs : 0L,
                        nowMs,
                        limit,
                        out);
        if (!left && group.members.isEmpty() && nowMs - group.sinceMs >= settings.retentionMs()) {
            Conversion.forget(group, out);
        }
    }

    /** For tests and metrics. */
    public Optional<GroupState> state(String group) {
        return Optional.ofNullable(groups.get(group)).map(one -> one.state);
    }
}
