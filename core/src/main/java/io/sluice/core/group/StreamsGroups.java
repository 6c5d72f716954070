package io.sluice.core.group;

import io.sluice.core.group.Deadlines.Kind;
import io.sluice.core.group.EpochFence.Refusal;
import io.sluice.core.group.EpochFence.Speaker;
import io.sluice.core.group.GroupCommand.StreamsBeat;
import io.sluice.core.group.GroupReply.StreamsBeaten;
import io.sluice.core.group.Standing.State;
import io.sluice.core.group.StreamsMember.Profile;
import io.sluice.core.group.streams.Tasks;
import io.sluice.core.group.streams.Topology;
import io.sluice.core.group.streams.TopologyPlan;
import io.sluice.core.model.ErrorCode;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The groups whose tasks the broker assigns (KIP-1071): Kafka Streams applications. A member joins
 * with the topology it runs; the tasks follow from it and from the topics there are, and each
 * member is brought to its own as {@link Reconciliation} does it. Topics that the application needs
 * for itself are named in the answer, for the shell to make.
 *
 * <p>Deadlines are not stored: after the log was read every member has a whole session.
 */
final class StreamsGroups {

    /** As in {@link ConsumerGroups}: who waits comes back so many times sooner. */
    private static final int HURRY = 5;

    /** Members that one decision sends away; the rest is due at once again. */
    private static final int MAX_LATE = 500;

    private final GroupSettings settings;
    private final Topics topics;
    private final StreamsTargets targets;
    private final SortedMap<String, StreamsGroup> groups = new TreeMap<>();
    final Deadlines deadlines = new Deadlines();

    /** Groups that have just begun wait so long for company. Soft. */
    private final Map<String, Long> delays = new HashMap<>();

    private boolean live;

    /** Makes endpoint epochs of this coordinator differ from those of the one before it. */
    private int endpointBase;

    StreamsGroups(GroupSettings settings, Topics topics) {
        this.settings = settings;
        this.topics = topics;
        this.targets = new StreamsTargets(settings, topics);
    }

    @Nullable StreamsGroup find(String name) {
        return groups.get(name);
    }

    Collection<StreamsGroup> all() {
        return Collections.unmodifiableCollection(groups.values());
    }

    /** Members that were read from the log have a whole session to show that they live. */
    void start(long nowMs) {
        if (live) {
            return;
        }
        live = true;
        endpointBase = (int) (nowMs / 1_000L) & 0x3FFFFFFF;
        for (StreamsGroup group : groups.values()) {
            group.members.values().forEach(member -> alive(group.name, member, nowMs));
        }
    }

    /** Counts a member's deadlines from now. */
    private void alive(String group, StreamsMember member, long nowMs) {
        deadlines.set(group, member.id(), Kind.SESSION, nowMs + targets.times(group).sessionMs());
        deadlines.follow(group, member, member.profile().rebalanceMs(), nowMs);
    }

    /**
     * A heartbeat of somebody who joins, stays or leaves.
     *
     * @param known the group, or the new one it shall be
     */
    StreamsBeaten beat(@Nullable StreamsGroup known, StreamsBeat beat, long nowMs, Out out) {
        Speaker<Tasks> speaker =
                new Speaker<>(
                        beat.group(),
                        beat.memberId(),
                        beat.instanceId(),
                        beat.epoch(),
                        beat.owned());
        Optional<Refusal> refusal = malformed(beat, speaker);
        if (refusal.isPresent()) {
            return refused(refusal.get());
        }
        if (known == null) {
            return refused(
                    new Refusal(ErrorCode.GROUP_ID_NOT_FOUND, "there is no group " + beat.group()));
        }
        StreamsMember before =
                beat.instanceId().isPresent()
                        ? known.instance(beat.instanceId().get())
                        : known.members.get(beat.memberId());
        if (beat.epoch() < EpochFence.JOIN) {
            return leave(known, before, beat, speaker, nowMs, out);
        }
        refusal = EpochFence.check(before, speaker);
        if (refusal.isEmpty()) {
            refusal = overfull(known, before);
        }
        StreamsDraft draft = new StreamsDraft(known);
        if (refusal.isEmpty() && beat.topology().isPresent()) {
            refusal = adopt(draft, beat.topology().get());
        }
        if (refusal.isPresent()) {
            return refused(refusal.get());
        }
        return proceed(draft, before, beat, nowMs, out);
    }

    /** What is wrong with the heartbeat itself. */
    private static Optional<Refusal> malformed(StreamsBeat beat, Speaker<Tasks> speaker) {
        Optional<Refusal> usual = EpochFence.malformed(speaker, beat.rack());
        if (usual.isPresent()) {
            return usual;
        }
        if (beat.processId().map(String::isEmpty).orElse(false)) {
            return EpochFence.invalid("the process id is empty: leave it out");
        }
        if (beat.epoch() != EpochFence.JOIN) {
            return beat.topology().isPresent()
                    ? EpochFence.invalid("only who joins gives a topology")
                    : Optional.empty();
        }
        if (beat.rebalanceMs() <= 0) {
            return EpochFence.invalid("who joins gives a rebalance timeout");
        }
        if (!beat.owned().map(Tasks::isEmpty).orElse(false)) {
            return EpochFence.invalid("who joins owns no tasks and says so");
        }
        if (beat.processId().isEmpty()) {
            return EpochFence.invalid("who joins gives its process id");
        }
        if (beat.topology().isEmpty()) {
            return EpochFence.invalid("who joins gives its topology");
        }
        return beat.topology()
                .get()
                .fault()
                .map(why ->
                        new Refusal(
                                ErrorCode.STREAMS_INVALID_TOPOLOGY,
                                "the topology cannot be: " + why));
    }

    private Optional<Refusal> overfull(StreamsGroup group, @Nullable StreamsMember before) {
        return before != null || group.members.size() < settings.streams().maxMembers()
                ? Optional.empty()
                : Optional.of(
                        new Refusal(
                                ErrorCode.GROUP_MAX_SIZE_REACHED,
                                "the group has %d members, group.streams.max.size allows no more"
                                        .formatted(group.members.size())));
    }

    /**
     * Takes the topology of who joins for the group's, if the group has none, or an older one, or
     * one that nobody runs. Who brings an older one else is let in, and told so.
     */
    private static Optional<Refusal> adopt(StreamsDraft draft, Topology brought) {
        Topology known = draft.topology.orElse(null);
        if (known == null || brought.epoch() > known.epoch() || nobodyRuns(known, draft)) {
            draft.topology = Optional.of(brought);
        } else if (brought.epoch() == known.epoch() && !brought.equals(known)) {
            return Optional.of(
                    new Refusal(
                            ErrorCode.STREAMS_INVALID_TOPOLOGY,
                            "the members of %s run another topology with epoch %d: stop them, or"
                                            .formatted(draft.group.name, known.epoch())
                                    + " give the new one a higher epoch"));
        }
        return Optional.empty();
    }

    private static boolean nobodyRuns(Topology topology, StreamsDraft draft) {
        return draft.group.members.values().stream()
                .noneMatch(one -> one.profile().topologyEpoch() == topology.epoch());
    }

    private StreamsBeaten proceed(
            StreamsDraft draft,
            @Nullable StreamsMember before,
            StreamsBeat beat,
            long nowMs,
            Out out) {
        StreamsGroup group = draft.group;
        StreamsMember member;
        if (before == null) {
            member =
                    new StreamsMember(
                            beat.memberId(),
                            beat.instanceId(),
                            profile(null, beat),
                            Standing.atFirst(Tasks.NONE, Tasks.NONE),
                            Tasks.NONE);
        } else if (before.id().equals(beat.memberId())) {
            member = before.with(profile(before.profile(), beat));
        } else {
            draft.remove(before.id());
            deadlines.clear(group.name, before.id());
            member = before.as(beat.memberId()).with(profile(before.profile(), beat));
        }
        if (group.members.isEmpty() && before == null) {
            delays.put(group.name, nowMs + targets.times(group.name).delayMs());
            group.stops = false;
        }
        group.stops |= beat.stops();
        boolean changed =
                before == null
                        || !member.profile().sharesLike(before.profile())
                        || !draft.topology.equals(group.topology);
        StreamsMember after = advance(draft, member, changed, beat.owned(), nowMs, out);
        boolean tells =
                beat.isFull()
                        || before == null
                        || before.standing().epoch() != beat.epoch()
                        || !after.standing().assigned().equals(before.standing().assigned());
        return answer(draft, after, beat, tells, nowMs);
    }

    private static Profile profile(@Nullable Profile before, StreamsBeat beat) {
        return new Profile(
                beat.rack().or(() -> before == null ? Optional.empty() : before.rack()),
                beat.clientId(),
                beat.clientHost(),
                beat.rebalanceMs() >= 0 || before == null
                        ? beat.rebalanceMs()
                        : before.rebalanceMs(),
                beat.topology()
                        .map(Topology::epoch)
                        .orElse(before == null ? 0 : before.topologyEpoch()),
                beat.processId().orElse(before == null ? "" : before.processId()),
                beat.endpoint().or(() -> before == null ? Optional.empty() : before.endpoint()),
                beat.tags().orElse(before == null ? Collections.emptySortedMap() : before.tags()));
    }

    /** Takes a member, as it is now, a step on, with a new target if one is due. */
    private StreamsMember advance(
            StreamsDraft draft,
            StreamsMember member,
            boolean changed,
            Optional<Tasks> owned,
            long nowMs,
            Out out) {
        draft.put(member);
        targets.refresh(draft, changed, waits(draft.group.name, nowMs));
        StreamsMember targeted = draft.member(member.id());
        StreamsMember now = targeted == null ? member : targeted;
        Standing<Tasks> standing =
                Reconciliation.step(
                        now.standing(),
                        now.target(),
                        draft.targetEpoch,
                        owned,
                        wanted -> draft.group.free(wanted, now, draft));
        StreamsMember after = now.with(standing);
        draft.put(after);
        draft.store(out);
        alive(draft.group.name, after, nowMs);
        return after;
    }

    private StreamsBeaten answer(
            StreamsDraft draft, StreamsMember after, StreamsBeat beat, boolean tells, long nowMs) {
        StreamsGroup group = draft.group;
        Optional<TopologyPlan> plan = targets.plan(group, draft.topology);
        List<StreamsStatus> statuses =
                StreamsAnswers.statuses(draft, after, plan, waits(group.name, nowMs));
        int usual = targets.times(group.name).heartbeatMs();
        boolean settled =
                after.standing().state() == State.STABLE
                        && after.standing().epoch() == beat.epoch()
                        && statuses.isEmpty();
        int endpointEpoch = endpointBase + group.endpointChanges;
        return new StreamsBeaten(
                ErrorCode.NONE,
                "",
                after.id(),
                after.standing().epoch(),
                settled ? usual : Math.max(1, usual / HURRY),
                statuses,
                tells ? Optional.of(after.standing().assigned()) : Optional.empty(),
                endpointEpoch,
                beat.endpointEpoch() == endpointEpoch
                        ? Optional.empty()
                        : Optional.of(StreamsAnswers.answering(draft, this::partitions)),
                plan.map(TopologyPlan::missing).orElse(List.of()));
    }

    private boolean waits(String group, long nowMs) {
        return nowMs < delays.getOrDefault(group, nowMs);
    }

    private int partitions(String topic) {
        return StreamsTargets.partitions(topics.image(), topic);
    }

    private static StreamsBeaten refused(Refusal refusal) {
        return new StreamsBeaten(
                refusal.error(),
                refusal.why(),
                "",
                0,
                0,
                List.of(),
                Optional.empty(),
                0,
                Optional.empty(),
                List.of());
    }

    /** Why a name is not to be had: it is that of a group of another kind. */
    static StreamsBeaten taken(String name) {
        return refused(
                new Refusal(
                        ErrorCode.GROUP_ID_NOT_FOUND,
                        "group %s has members of another protocol".formatted(name)));
    }

    private StreamsBeaten leave(
            StreamsGroup group,
            @Nullable StreamsMember member,
            StreamsBeat beat,
            Speaker<Tasks> speaker,
            long nowMs,
            Out out) {
        Optional<Refusal> refusal = EpochFence.checkLeaver(member, speaker);
        if (refusal.isPresent() || member == null) {
            return refused(refusal.orElseThrow());
        }
        group.stops |= beat.stops();
        if (beat.epoch() == EpochFence.LEAVE) {
            dismiss(group, List.of(member.id()), nowMs, out);
        } else {
            StreamsDraft draft = new StreamsDraft(group);
            StreamsMember away = member.with(member.standing().away(Tasks.NONE));
            draft.put(away);
            draft.store(out);
            alive(group.name, away, nowMs);
        }
        return new StreamsBeaten(
                ErrorCode.NONE,
                "",
                member.id(),
                beat.epoch(),
                targets.times(group.name).heartbeatMs(),
                List.of(),
                Optional.empty(),
                endpointBase + group.endpointChanges,
                Optional.empty(),
                List.of());
    }

    /** Members are out; the next heartbeat of another one makes a new target. */
    private void dismiss(StreamsGroup group, Collection<String> members, long nowMs, Out out) {
        StreamsDraft draft = new StreamsDraft(group);
        for (String id : members) {
            draft.dismiss(id, nowMs);
            deadlines.clear(group.name, id);
        }
        draft.store(out);
    }

    /** Those whose time has come are out. */
    void onTime(long nowMs, Out out) {
        SortedMap<String, Set<String>> late = new TreeMap<>();
        for (Deadlines.Key key : deadlines.due(nowMs, MAX_LATE)) {
            StreamsGroup group = groups.get(key.group());
            if (group != null && group.members.containsKey(key.member())) {
                late.computeIfAbsent(key.group(), name -> new TreeSet<>()).add(key.member());
            }
        }
        late.forEach((name, members) -> {
            StreamsGroup group = groups.get(name);
            if (group != null) {
                dismiss(group, members, nowMs, out);
            }
        });
    }

    GroupReply describe(String name) {
        StreamsGroup group = groups.get(name);
        if (group == null) {
            return new GroupReply.StreamsDescribed(
                    name, GroupState.DEAD, 0, 0, Optional.empty(), Optional.empty(), List.of());
        }
        Optional<TopologyPlan> plan = targets.plan(group, group.topology);
        return new GroupReply.StreamsDescribed(
                name,
                group.state(),
                group.epoch,
                group.targetEpoch,
                group.topology,
                plan,
                List.copyOf(group.members.values()));
    }

    void apply(GroupEvent.OfStreams event) {
        switch (event) {
            case GroupEvent.StreamsGroupStored stored -> group(stored.group()).apply(stored);
            case GroupEvent.StreamsTopologyStored stored ->
                    group(stored.group()).topology = Optional.of(stored.topology());
            case GroupEvent.StreamsMemberStored stored ->
                    group(stored.group()).apply(stored.member());
            case GroupEvent.StreamsMemberRemoved removed -> {
                StreamsGroup group = groups.get(removed.group());
                if (group != null) {
                    group.remove(removed.memberId());
                }
            }
            case GroupEvent.StreamsTopologyRemoved removed -> {
                StreamsGroup group = groups.get(removed.group());
                if (group != null) {
                    group.topology = Optional.empty();
                }
            }
            case GroupEvent.StreamsGroupRemoved removed -> {
                groups.remove(removed.group());
                delays.remove(removed.group());
            }
        }
    }

    private StreamsGroup group(String name) {
        return groups.computeIfAbsent(name, StreamsGroup::new);
    }

    @Nullable OffsetOwner owner(String name) {
        StreamsGroup group = groups.get(name);
        return group == null ? null : new Owner(group);
    }

    /** Nothing is left of it; offsets are another matter. */
    static void forget(StreamsGroup group, Out out) {
        group.members
                .keySet()
                .forEach(id -> out.store(new GroupEvent.StreamsMemberRemoved(group.name, id)));
        out.store(new GroupEvent.StreamsTopologyRemoved(group.name));
        out.store(new GroupEvent.StreamsGroupRemoved(group.name));
    }

    /** A streams group as its offsets see it. */
    private static final class Owner extends EpochOwner<StreamsMember> {
        private final StreamsGroup group;

        Owner(StreamsGroup group) {
            super(group.name, group.members, group.sinceMs);
            this.group = group;
        }

        @Override
        public Set<String> topics() {
            return group.members.isEmpty()
                    ? Set.of()
                    : group.topology.map(Topology::reads).orElse(Collections.emptySortedSet());
        }

        @Override
        public void forget(Out out) {
            StreamsGroups.forget(group, out);
        }
    }
}
