package io.sluice.core.group;

import io.sluice.core.controller.ClusterImage;
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
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The groups of one partition of the offsets topic, of every protocol, and their offsets. Finds out
 * whose a command is and lets that room decide: {@link ClassicGroups}, {@link ConsumerGroups},
 * {@link MixedGroups}, {@link StreamsGroups}, {@link ShareGroups}. A name belongs to one of them at
 * a time; a group without members becomes that of whoever comes first.
 *
 * <pre>
 *   nobody ──JoinGroup─────────────▶ classic ──a consumer's heartbeat, if all────┐
 *     ▲ │                              ▲       its members can be taken over     │
 *     │ │                              └───────the last such member goes──────┐  │
 *     │ │                                                                     │  ▼
 *     │ ├──ConsumerGroupHeartbeat───────────────────────────────────────▶ consumer, or
 *     │ │                                                                 mixed with old members
 *     │ ├──StreamsGroupHeartbeat──▶ streams
 *     │ └──ShareGroupHeartbeat────▶ share
 *     │
 *     └──the last member goes── any of them; what is stored goes after the retention time
 * </pre>
 */
public final class GroupCoordinator implements Coordinator<GroupCommand, GroupEvent, GroupReply> {

    /** What one look for old offsets lets go, about: the rest goes at once after it. */
    private static final int EXPIRIES_AT_ONCE = 1_000;

    /** What clients know streams groups by. */
    private static final String STREAMS_PROTOCOL = "streams";

    /** What clients know share groups by. */
    private static final String SHARE_PROTOCOL = "share";

    private final GroupSettings settings;
    private final Topics topics;
    private final Offsets offsets;
    private final ClassicGroups classics;
    private final ConsumerGroups consumers;
    private final MixedGroups mixed;
    private final StreamsGroups streams;
    private final ShareGroups shares;

    /** When offsets are looked through next; in the past until the first look. */
    private long checkMs;

    /** Groups whose offsets are still to be looked through. Every group once at most. */
    private final ArrayDeque<String> toCheck = new ArrayDeque<>();

    /** When offsets were looked through last. */
    private long lookedMs;

    /** The cluster as it was when the log began to be read; null once that was made use of. */
    private @Nullable ClusterImage loadedUnder;

    public GroupCoordinator(GroupSettings settings, Topics topics) {
        this.settings = settings;
        this.topics = topics;
        this.loadedUnder = topics.image();
        this.offsets = new Offsets(settings, topics);
        this.classics = new ClassicGroups(settings, offsets::has);
        this.consumers = new ConsumerGroups(settings, topics, this::downgrade);
        this.mixed = new MixedGroups(settings, topics, consumers);
        this.streams = new StreamsGroups(settings, topics);
        this.shares = new ShareGroups(settings, topics);
    }

    @Override
    public Decision<GroupEvent, GroupReply> decide(long token, GroupCommand command, long nowMs) {
        Out out = new Out();
        start(nowMs, out);
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
            case GroupCommand.StreamsBeat beat -> out.answer(token, beat(beat, nowMs, out));
            case GroupCommand.ShareBeat beat -> out.answer(token, beat(beat, nowMs, out));
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
            case GroupCommand.DescribeStreams describe ->
                    out.answer(token, streams.describe(describe.group()));
            case GroupCommand.DescribeShares describe ->
                    out.answer(token, shares.describe(describe.group()));
        }
        return out.decision();
    }

    /** The first moment after the log was read. */
    private void start(long nowMs, Out out) {
        consumers.start(nowMs);
        streams.start(nowMs);
        shares.start(nowMs);
        ClusterImage before = loadedUnder;
        if (before != null) {
            // Of topics that went meanwhile nobody could tell; those made again have other records.
            offsets.forgetTopics(topics.image().goneSince(before), out);
            loadedUnder = null;
        }
    }

    private void join(GroupCommand.Join join, long token, long nowMs, Out out) {
        ConsumerGroup modern = consumers.find(join.group());
        if (modern != null && !modern.members.isEmpty()) {
            out.answer(token, mixed.join(modern, join, nowMs, out));
            return;
        }
        OffsetOwner other = otherOwner(join.group());
        if (other != null && other.hasMembers()) {
            out.answer(
                    token,
                    Rebalance.joinError(ErrorCode.INCONSISTENT_GROUP_PROTOCOL, join.memberId()));
            return;
        }
        if (modern != null || other != null) {
            dropUnused(join.group(), out);
        }
        classics.join(join, token, nowMs, out);
    }

    private GroupReply.Beaten beat(GroupCommand.Beat beat, long nowMs, Out out) {
        ConsumerGroup modern = consumers.find(beat.group());
        Group classic = classics.find(beat.group(), nowMs);
        if (modern != null || beat.epoch() != EpochFence.JOIN) {
            return consumers.beat(modern, beat, nowMs, out);
        }
        OffsetOwner other = otherOwner(beat.group());
        if (other != null && other.hasMembers()) {
            return taken(beat.group());
        }
        if (classic == null) {
            return inPlace(
                    beat.group(),
                    out,
                    taken -> consumers.beat(new ConsumerGroup(beat.group()), beat, nowMs, taken),
                    beaten -> beaten.error() == ErrorCode.NONE);
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

    private GroupReply.StreamsBeaten beat(GroupCommand.StreamsBeat beat, long nowMs, Out out) {
        StreamsGroup application = streams.find(beat.group());
        if (application != null || beat.epoch() != EpochFence.JOIN) {
            return streams.beat(application, beat, nowMs, out);
        }
        OffsetOwner owner = owner(beat.group(), nowMs);
        return owner != null && owner.hasMembers()
                ? StreamsGroups.taken(beat.group())
                : inPlace(
                        beat.group(),
                        out,
                        taken -> streams.beat(new StreamsGroup(beat.group()), beat, nowMs, taken),
                        beaten -> beaten.error() == ErrorCode.NONE);
    }

    private GroupReply.Beaten beat(GroupCommand.ShareBeat beat, long nowMs, Out out) {
        ShareGroup known = shares.find(beat.group());
        if (known != null || beat.epoch() != EpochFence.JOIN) {
            return shares.beat(known, beat, nowMs, out);
        }
        OffsetOwner owner = owner(beat.group(), nowMs);
        return owner != null && owner.hasMembers()
                ? taken(beat.group())
                : inPlace(
                        beat.group(),
                        out,
                        taken -> shares.beat(new ShareGroup(beat.group()), beat, nowMs, taken),
                        beaten -> beaten.error() == ErrorCode.NONE);
    }

    /** Why a name is not to be had: it is that of a group of another kind. */
    private static GroupReply.Beaten taken(String name) {
        return ConsumerGroups.refused(
                ErrorCode.GROUP_ID_NOT_FOUND,
                "group %s has members of another protocol".formatted(name));
    }

    /**
     * What a group of that name decides that comes in place of one without members, of whatever
     * protocol; the old one stays if nothing comes of it.
     */
    private <R> R inPlace(String name, Out out, Function<Out, R> decide, Predicate<R> works) {
        Out taken = new Out();
        dropUnused(name, taken);
        R reply = decide.apply(taken);
        if (works.test(reply)) {
            out.add(taken);
        }
        return reply;
    }

    /** Nobody is in the group: it is whose comes first. Its offsets stay. */
    private void dropUnused(String name, Out out) {
        ConsumerGroup modern = consumers.find(name);
        StreamsGroup application = streams.find(name);
        ShareGroup shared = shares.find(name);
        Group classic = classics.peek(name);
        if (modern != null) {
            Conversion.forget(modern, out);
        } else if (application != null) {
            StreamsGroups.forget(application, out);
        } else if (shared != null) {
            ShareGroups.forget(shared, out);
        } else if (classic != null) {
            out.store(new GroupEvent.Removed(name));
        }
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
        OffsetOwner other = modern != null ? modern : otherOwner(name);
        return other != null ? other : classics.owner(name, nowMs);
    }

    /** The group of that name, if it is of neither of the protocols that consumers speak. */
    private @Nullable OffsetOwner otherOwner(String name) {
        OffsetOwner application = streams.owner(name);
        return application != null ? application : shares.owner(name);
    }

    /** Whether offsets of that name stand for a group of the classic protocol. */
    private boolean isClassic(String name) {
        return consumers.find(name) == null && otherOwner(name) == null;
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
                            group.name,
                            group.protocolType,
                            group.state,
                            GroupType.CLASSIC,
                            group.members.size()));
        }
        for (ConsumerGroup group : consumers.all()) {
            all.add(
                    new GroupReply.ListedGroup(
                            group.name,
                            ConsumerProtocol.TYPE,
                            group.state(),
                            GroupType.CONSUMER,
                            group.members.size()));
        }
        for (StreamsGroup group : streams.all()) {
            all.add(
                    new GroupReply.ListedGroup(
                            group.name,
                            STREAMS_PROTOCOL,
                            group.state(),
                            GroupType.STREAMS,
                            group.members.size()));
        }
        for (ShareGroup group : shares.all()) {
            all.add(
                    new GroupReply.ListedGroup(
                            group.name,
                            SHARE_PROTOCOL,
                            group.state(),
                            GroupType.SHARE,
                            group.members.size()));
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
            case GroupEvent.StreamsGroupStored stored -> {
                classics.drop(stored.group());
                streams.apply(stored);
            }
            case GroupEvent.StreamsGroupRemoved removed -> {
                streams.apply(removed);
                if (offsets.has(removed.group())) {
                    classics.standFor(removed.group());
                }
            }
            case GroupEvent.OfStreams ofStreams -> streams.apply(ofStreams);
            case GroupEvent.ShareGroupStored stored -> {
                classics.drop(stored.group());
                shares.apply(stored);
            }
            case GroupEvent.ShareGroupRemoved removed -> {
                shares.apply(removed);
                if (offsets.has(removed.group())) {
                    classics.standFor(removed.group());
                }
            }
            case GroupEvent.OfShares ofShares -> shares.apply(ofShares);
            case GroupEvent.Offset offset -> {
                if (isClassic(offset.group())) {
                    classics.standFor(offset.group());
                }
                offsets.apply(offset);
            }
            case GroupEvent.OffsetRemoved removed -> offsets.apply(removed);
            case GroupEvent.OfTransactions ofTransactions -> {
                if (ofTransactions instanceof GroupEvent.OffsetPending pending
                        && isClassic(pending.group())) {
                    classics.standFor(pending.group());
                }
                offsets.pending.apply(ofTransactions);
            }
        }
    }

    @Override
    public long nextDeadlineMs() {
        long check = toCheck.isEmpty() ? checkMs : lookedMs;
        long byBroker = Math.min(consumers.deadlines.next(), streams.deadlines.next());
        long members = Math.min(byBroker, shares.deadlines.next());
        return Math.min(check, Math.min(members, classics.nextDeadlineMs()));
    }

    @Override
    public Decision<GroupEvent, GroupReply> onDeadline(long nowMs) {
        Out out = new Out();
        start(nowMs, out);
        consumers.onTime(nowMs, out);
        streams.onTime(nowMs, out);
        shares.onTime(nowMs, out);
        if (nowMs >= checkMs && toCheck.isEmpty()) {
            checkMs = nowMs + settings.retentionCheckMs();
            classics.startAll(nowMs);
            offsets.pending.expire(nowMs - settings.retentionMs(), EXPIRIES_AT_ONCE, out);
            classics.all().forEach(group -> toCheck.add(group.name));
            consumers.all().forEach(group -> toCheck.add(group.name));
            streams.all().forEach(group -> toCheck.add(group.name));
            shares.all().forEach(group -> toCheck.add(group.name));
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
            if (owner != null) {
                expire(owner, nowMs, limit, out);
            }
            if (out.size() >= limit) {
                return; // what is left of this one comes first next time
            }
            toCheck.removeFirst();
        }
    }

    private void expire(OffsetOwner owner, long nowMs, int limit, Out out) {
        boolean left = offsets.expire(owner, nowMs, limit, out);
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
