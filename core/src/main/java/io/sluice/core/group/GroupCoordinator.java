package io.sluice.core.group;

import io.sluice.core.coordinator.Coordinator;
import io.sluice.core.coordinator.Decision;
import io.sluice.core.group.GroupReply.Done;
import io.sluice.core.group.GroupReply.PerPartition;
import io.sluice.core.model.ErrorCode;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The groups of one partition of the offsets topic, of every protocol, and their offsets. Finds out
 * whose a command is and lets that room decide: {@link ClassicGroups}, {@link ConsumerGroups},
 * {@link MixedGroups}. A name belongs to one of them at a time; a group without members becomes
 * that of whoever comes first.
 */
public final class GroupCoordinator implements Coordinator<GroupCommand, GroupEvent, GroupReply> {

    /** What one look for old offsets lets go, about: the rest goes at once after it. */
    private static final int EXPIRIES_AT_ONCE = 1_000;

    private final GroupSettings settings;
    private final Topics topics;
    private final Offsets offsets;
    private final ClassicGroups classics;
    private final ConsumerGroups consumers;
    private final MixedGroups mixed;

    /** When offsets are looked through next; in the past until the first look. */
    private long checkMs;

    /** Groups whose offsets are still to be looked through. Every group once at most. */
    private final ArrayDeque<String> toCheck = new ArrayDeque<>();

    /** When offsets were looked through last. */
    private long lookedMs;

    public GroupCoordinator(GroupSettings settings, Topics topics) {
        this.settings = settings;
        this.topics = topics;
        this.offsets = new Offsets(settings);
        this.classics = new ClassicGroups(settings, offsets::has);
        this.consumers = new ConsumerGroups(settings, topics, this::downgrade);
        this.mixed = new MixedGroups(settings, topics, consumers);
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
                    classics.sync(sync, token, nowMs, out);
                }
            }
            case GroupCommand.Heartbeat beat -> {
                ConsumerGroup modern = consumers.find(beat.group());
                ErrorCode error =
                        modern != null
                                ? mixed.heartbeat(modern, beat.caller(), nowMs)
                                : classics.heartbeat(beat, nowMs);
                out.answer(token, new Done(error));
            }
            case GroupCommand.Leave leave -> {
                ConsumerGroup modern = consumers.find(leave.group());
                List<ErrorCode> errors =
                        modern != null
                                ? mixed.leave(modern, leave.leavers(), nowMs, out)
                                : classics.leave(leave, nowMs, out);
                out.answer(token, new GroupReply.Left(errors));
            }
            case GroupCommand.Beat beat -> out.answer(token, beat(beat, nowMs, out));
            case GroupCommand.Commit commit -> {
                ErrorCode error = mayCommit(commit, nowMs);
                out.answer(token, offsets.commit(commit, error, nowMs, out));
            }
            case GroupCommand.Guard guard -> out.answer(token, offsets.pending.guard(guard));
            case GroupCommand.CommitInTransaction commit -> {
                ErrorCode error = mayCommit(commit, nowMs);
                out.answer(token, offsets.pending.commit(commit, error, nowMs, out));
            }
            case GroupCommand.EndTransaction end ->
                    out.answer(token, new Done(offsets.pending.end(end, nowMs, out)));
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
                    out.answer(
                            token,
                            ClassicGroups.describe(
                                    classics.peek(describe.group()), describe.group()));
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
        classics.join(join, token, nowMs, out);
    }

    private GroupReply.Beaten beat(GroupCommand.Beat beat, long nowMs, Out out) {
        ConsumerGroup modern = consumers.find(beat.group());
        Group classic = classics.find(beat.group(), nowMs);
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
            classics.disperse(classic, out);
            made.members.values().forEach(member -> consumers.alive(made.name, member, nowMs));
            out.add(converted);
        }
        return beaten;
    }

    /** The group is left to members of the classic protocol: they join again in that one. */
    private void downgrade(Draft draft, long nowMs, Out out) {
        Group made = Conversion.downgrade(draft, topics.image());
        draft.group.members.keySet().forEach(id -> consumers.deadlines.clear(made.name, id));
        Conversion.forget(draft.group, out);
        classics.takeOver(made, nowMs, out);
    }

    /** The group of that name, of whatever protocol. */
    private @Nullable OffsetOwner owner(String name, long nowMs) {
        OffsetOwner modern = consumers.owner(name);
        return modern != null ? modern : classics.owner(name, nowMs);
    }

    private ErrorCode mayCommit(GroupCommand.Commit commit, long nowMs) {
        if (commit.group().isEmpty()) {
            return ErrorCode.INVALID_GROUP_ID;
        }
        OffsetOwner owner = owner(commit.group(), nowMs);
        if (owner == null) {
            return commit.caller().generation() < 0 ? ErrorCode.NONE : ErrorCode.ILLEGAL_GENERATION;
        }
        return owner.mayCommit(commit.caller(), nowMs);
    }

    /** A producer need not say for which member it stores offsets (KIP-447). */
    private ErrorCode mayCommit(GroupCommand.CommitInTransaction commit, long nowMs) {
        GroupCommand.Caller caller = commit.caller();
        if (commit.group().isEmpty()) {
            return ErrorCode.INVALID_GROUP_ID;
        }
        if (caller.generation() < 0
                && caller.memberId().isEmpty()
                && caller.instanceId().isEmpty()) {
            return ErrorCode.NONE;
        }
        OffsetOwner owner = owner(commit.group(), nowMs);
        if (owner == null) {
            return caller.generation() < 0 ? ErrorCode.NONE : ErrorCode.ILLEGAL_GENERATION;
        }
        ErrorCode error = owner.mayCommit(caller, nowMs);
        return error == ErrorCode.REBALANCE_IN_PROGRESS ? ErrorCode.NONE : error;
    }

    private GroupReply fetch(GroupCommand.Fetch fetch, long nowMs) {
        OffsetOwner owner = owner(fetch.group(), nowMs);
        ErrorCode error =
                owner == null || fetch.caller().isEmpty()
                        ? ErrorCode.NONE
                        : owner.mayFetch(fetch.caller().get(), nowMs);
        return error == ErrorCode.NONE
                ? offsets.fetch(fetch)
                : new GroupReply.Fetched(error, Map.of(), Set.of());
    }

    private GroupReply deleteOffsets(GroupCommand.DeleteOffsets delete, long nowMs, Out out) {
        OffsetOwner owner = owner(delete.group(), nowMs);
        if (owner == null) {
            return new PerPartition(ErrorCode.GROUP_ID_NOT_FOUND, List.of());
        }
        return owner.tellsTopics()
                ? offsets.delete(delete, owner.topics(), out)
                : new PerPartition(ErrorCode.NON_EMPTY_GROUP, List.of());
    }

    private ErrorCode delete(String name, long nowMs, Out out) {
        OffsetOwner owner = owner(name, nowMs);
        if (owner == null) {
            return ErrorCode.GROUP_ID_NOT_FOUND;
        }
        if (owner.hasMembers()) {
            return ErrorCode.NON_EMPTY_GROUP;
        }
        offsets.forget(name, out);
        owner.forget(out);
        return ErrorCode.NONE;
    }

    private GroupReply list() {
        List<GroupReply.ListedGroup> all = new ArrayList<>();
        for (Group group : classics.all()) {
            all.add(
                    new GroupReply.ListedGroup(
                            group.name, group.protocolType, group.state, GroupType.CLASSIC));
        }
        for (ConsumerGroup group : consumers.all()) {
            all.add(
                    new GroupReply.ListedGroup(
                            group.name, ConsumerProtocol.TYPE, group.state(), GroupType.CONSUMER));
        }
        return new GroupReply.Listed(all);
    }

    @Override
    public void apply(GroupEvent event) {
        switch (event) {
            case GroupEvent.Stored stored -> classics.apply(stored);
            case GroupEvent.Removed removed -> classics.drop(removed.group());
            case GroupEvent.ConsumerGroupStored stored -> {
                // Offsets that were read before it stand for a group of the classic protocol.
                classics.drop(stored.group());
                consumers.apply(stored);
            }
            case GroupEvent.ConsumerGroupRemoved removed -> {
                consumers.apply(removed);
                if (offsets.has(removed.group())) {
                    classics.standFor(removed.group());
                }
            }
            case GroupEvent.OfConsumers ofConsumers -> consumers.apply(ofConsumers);
            case GroupEvent.Offset offset -> {
                if (consumers.find(offset.group()) == null) {
                    classics.standFor(offset.group());
                }
                offsets.apply(offset);
            }
            case GroupEvent.OffsetRemoved removed -> offsets.apply(removed);
            case GroupEvent.OfTransactions ofTransactions -> {
                if (ofTransactions instanceof GroupEvent.OffsetPending pending
                        && consumers.find(pending.group()) == null) {
                    classics.standFor(pending.group());
                }
                offsets.pending.apply(ofTransactions);
            }
        }
    }

    @Override
    public long nextDeadlineMs() {
        long check = toCheck.isEmpty() ? checkMs : lookedMs;
        return Math.min(check, Math.min(consumers.deadlines.next(), classics.nextDeadlineMs()));
    }

    @Override
    public Decision<GroupEvent, GroupReply> onDeadline(long nowMs) {
        Out out = new Out();
        consumers.start(nowMs);
        consumers.onTime(nowMs, out);
        if (nowMs >= checkMs && toCheck.isEmpty()) {
            checkMs = nowMs + settings.retentionCheckMs();
            classics.startAll(nowMs);
            offsets.pending.expire(nowMs - settings.retentionMs(), EXPIRIES_AT_ONCE, out);
            classics.all().forEach(group -> toCheck.add(group.name));
            consumers.all().forEach(group -> toCheck.add(group.name));
        }
        expire(nowMs, out);
        classics.onTime(nowMs, out);
        return out.decision();
    }

    /** Goes on where the last look stopped. */
    private void expire(long nowMs, Out out) {
        lookedMs = nowMs;
        int limit = out.size() + EXPIRIES_AT_ONCE;
        while (!toCheck.isEmpty()) {
            OffsetOwner owner = owner(toCheck.getFirst(), nowMs);
            if (owner != null && !owner.isUnsettled()) {
                expire(owner, nowMs, limit, out);
            }
            if (out.size() >= limit) {
                return; // what is left of this one comes first next time
            }
            toCheck.removeFirst();
        }
    }

    private void expire(OffsetOwner owner, long nowMs, int limit, Out out) {
        boolean left =
                offsets.expire(
                        owner.name(), owner.topics(), owner.emptySinceMs(), nowMs, limit, out);
        if (!left
                && !owner.hasMembers()
                && nowMs - owner.unusedSinceMs() >= settings.retentionMs()) {
            owner.forget(out);
        }
    }

    /** The state of a group of the classic protocol, for tests and metrics. */
    public Optional<GroupState> state(String group) {
        return Optional.ofNullable(classics.peek(group)).map(one -> one.state);
    }
}
