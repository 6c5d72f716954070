package io.sluice.core.group;

import io.sluice.core.group.ConsumerMember.Profile;
import io.sluice.core.group.Deadlines.Kind;
import io.sluice.core.group.EpochFence.Refusal;
import io.sluice.core.group.EpochFence.Speaker;
import io.sluice.core.group.GroupCommand.Beat;
import io.sluice.core.group.GroupReply.Beaten;
import io.sluice.core.group.Standing.State;
import io.sluice.core.group.Topics.InvalidPatternException;
import io.sluice.core.group.assignor.PartitionSet;
import io.sluice.core.model.ErrorCode;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The groups whose partitions the broker assigns (KIP-848): a member says with each heartbeat what
 * it wants and holds, and hears what it is to have. A new target is made at the first heartbeat
 * after a change, and each member goes towards it on its own. While members come and go one after
 * the other, targets are made once an interval (KIP-1263).
 *
 * <p>Deadlines are not stored: after the log was read every member has a whole session.
 */
final class ConsumerGroups {

    /**
     * Who waits, or has just got something new, is asked to come back so many times sooner: a group
     * settles in a part of the heartbeat interval, and costs no more when it has.
     */
    private static final int HURRY = 5;

    /** Members that one decision sends away; the rest is due at once again. */
    private static final int MAX_LATE = 500;

    /** Events after which a decision makes no more targets; the rest is due at once again. */
    private static final int MANY_EVENTS = 1_000;

    /** Makes a group that is left to members of the classic protocol one of that protocol. */
    @FunctionalInterface
    interface Downgrade {
        void accept(Draft draft, long nowMs, Out out);
    }

    private final GroupSettings settings;
    private final Topics topics;
    private final Targets targets;
    private final Downgrade downgrade;
    private final SortedMap<String, ConsumerGroup> groups = new TreeMap<>();
    final Deadlines deadlines = new Deadlines();
    private boolean live;

    ConsumerGroups(GroupSettings settings, Topics topics, Downgrade downgrade) {
        this.downgrade = downgrade;
        this.settings = settings;
        this.topics = topics;
        this.targets = new Targets(settings, topics);
    }

    @Nullable ConsumerGroup find(String name) {
        return groups.get(name);
    }

    Collection<ConsumerGroup> all() {
        return Collections.unmodifiableCollection(groups.values());
    }

    Targets targets() {
        return targets;
    }

    /** Members that were read from the log have a whole session to show that they live. */
    void start(long nowMs) {
        if (live) {
            return;
        }
        live = true;
        for (ConsumerGroup group : groups.values()) {
            for (ConsumerMember member : group.members.values()) {
                alive(group.name, member, nowMs);
                deadlines.follow(group.name, member, member.profile().rebalanceMs(), nowMs);
            }
        }
    }

    void alive(String group, ConsumerMember member, long nowMs) {
        int sessionMs =
                member.profile()
                        .classic()
                        .map(ConsumerMember.ClassicSide::sessionMs)
                        .orElseGet(() ->
                                settings.consumers().times(topics.image(), group).sessionMs());
        deadlines.set(group, member.id(), Kind.SESSION, nowMs + sessionMs);
    }

    /**
     * A heartbeat of somebody who joins, stays or leaves.
     *
     * @param known the group, or the new one it shall be
     */
    Beaten beat(@Nullable ConsumerGroup known, Beat beat, long nowMs, Out out) {
        Speaker<PartitionSet> speaker =
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
            return refused(ErrorCode.GROUP_ID_NOT_FOUND, "there is no group " + beat.group());
        }
        ConsumerMember before =
                beat.instanceId().isPresent()
                        ? known.instance(beat.instanceId().get())
                        : known.members.get(beat.memberId());
        if (beat.epoch() < EpochFence.JOIN) {
            return leave(known, before, beat, speaker, nowMs, out);
        }
        refusal = EpochFence.check(before, speaker);
        if (refusal.isPresent()) {
            return refused(refusal.get());
        }
        if (before == null && known.members.size() >= settings.consumers().maxMembers()) {
            return refused(
                    ErrorCode.GROUP_MAX_SIZE_REACHED,
                    "the group has %d members, group.consumer.max.size allows no more"
                            .formatted(known.members.size()));
        }
        return proceed(new Draft(known), before, beat, nowMs, out);
    }

    private Beaten proceed(
            Draft draft, @Nullable ConsumerMember before, Beat beat, long nowMs, Out out) {
        ConsumerMember member;
        if (before == null) {
            member =
                    new ConsumerMember(
                            beat.memberId(),
                            beat.instanceId(),
                            profile(null, beat),
                            Standing.atFirst(PartitionSet.NONE, PartitionSet.NONE),
                            PartitionSet.NONE);
        } else if (before.id().equals(beat.memberId())) {
            member = before.with(profile(before.profile(), beat));
        } else {
            draft.remove(before.id());
            deadlines.clear(beat.group(), before.id());
            member = before.as(beat.memberId()).with(profile(before.profile(), beat));
        }
        boolean changed = before == null || !member.profile().subscribesLike(before.profile());
        ConsumerMember after = advance(draft, member, changed, beat.owned(), nowMs, out);
        PartitionSet assigned = after.standing().assigned();
        boolean tells =
                beat.isFull()
                        || before == null
                        || before.standing().epoch() != beat.epoch() // it has not heard of this one
                        || beat.owned().filter(owned -> !owned.equals(assigned)).isPresent()
                        || !assigned.equals(before.standing().assigned());
        return new Beaten(
                ErrorCode.NONE,
                "",
                after.id(),
                after.standing().epoch(),
                heartbeatMs(beat, after.standing(), draft.epoch > draft.targetEpoch),
                tells ? Optional.of(assigned) : Optional.empty());
    }

    private int heartbeatMs(Beat beat, Standing<PartitionSet> now, boolean targetIsDue) {
        int usual = settings.consumers().times(topics.image(), beat.group()).heartbeatMs();
        boolean settled =
                now.state() == State.STABLE && now.epoch() == beat.epoch() && !targetIsDue;
        return settled ? usual : Math.max(1, usual / HURRY);
    }

    /** Takes a member, as it is now, a step on, with a new target if one is due. */
    ConsumerMember advance(
            Draft draft,
            ConsumerMember member,
            boolean changed,
            Optional<PartitionSet> owned,
            long nowMs,
            Out out) {
        ConsumerGroup group = draft.group;
        draft.put(member);
        retarget(draft, changed, nowMs);
        ConsumerMember targeted = draft.member(member.id());
        ConsumerMember now = targeted == null ? member : targeted;
        PartitionSet.Test isFree =
                (topic, partition) ->
                        group.holder(topic, partition)
                                .map(holder ->
                                        draft.member(holder) == null || holder.equals(now.id()))
                                .orElse(true);
        Standing<PartitionSet> standing =
                Reconciliation.step(
                        now.standing(),
                        now.target(),
                        draft.targetEpoch,
                        owned,
                        some -> some.filter(isFree));
        ConsumerMember after = now.with(standing);
        draft.put(after);
        draft.store(out);
        alive(group.name, after, nowMs);
        deadlines.follow(group.name, after, after.profile().rebalanceMs(), nowMs);
        return after;
    }

    /** Makes new targets if they are due, at most once an interval; the first at once. */
    private void retarget(Draft draft, boolean changed, long nowMs) {
        String name = draft.group.name;
        boolean mustWait =
                draft.targetEpoch > 0 && deadlines.isAhead(name, Deadlines.ALL, Kind.TARGET, nowMs);
        if (targets.refresh(draft, changed, mustWait)) {
            int intervalMs = settings.consumers().times(topics.image(), name).assignmentMs();
            deadlines.set(name, Deadlines.ALL, Kind.TARGET, nowMs + intervalMs);
        }
    }

    /** The epoch that a member of the group would reach if it were heard of now. */
    int reachableEpoch(ConsumerGroup group, long nowMs) {
        return deadlines.isAhead(group.name, Deadlines.ALL, Kind.TARGET, nowMs)
                ? group.targetEpoch
                : group.epoch;
    }

    private static Profile profile(@Nullable Profile before, Beat beat) {
        List<String> names =
                beat.topics()
                        .map(some -> List.copyOf(new TreeSet<>(some)))
                        .orElse(before == null ? List.of() : before.topics());
        return new Profile(
                beat.rack().or(() -> before == null ? Optional.empty() : before.rack()),
                beat.clientId(),
                beat.clientHost(),
                beat.rebalanceMs() >= 0 || before == null
                        ? beat.rebalanceMs()
                        : before.rebalanceMs(),
                names,
                beat.pattern().orElse(before == null ? "" : before.pattern()),
                beat.assignor().orElse(before == null ? "" : before.assignor()),
                Optional.empty());
    }

    /** What is wrong with the heartbeat itself. */
    private Optional<Refusal> malformed(Beat beat, Speaker<PartitionSet> speaker) {
        Optional<Refusal> usual = EpochFence.malformed(speaker, beat.rack());
        if (usual.isPresent()) {
            return usual;
        }
        if (beat.epoch() == EpochFence.JOIN) {
            if (beat.rebalanceMs() < 0) {
                return EpochFence.invalid("who joins gives a rebalance timeout");
            }
            if (!beat.owned().map(PartitionSet::isEmpty).orElse(false)) {
                return EpochFence.invalid("who joins owns no partitions and says so");
            }
            if (beat.topics().isEmpty() && beat.pattern().isEmpty()) {
                return EpochFence.invalid("who joins subscribes to topics or to a pattern");
            }
        }
        if (!beat.assignor()
                .map(one -> one.isEmpty() || settings.consumers().assignors().contains(one))
                .orElse(true)) {
            return Optional.of(
                    new Refusal(
                            ErrorCode.UNSUPPORTED_ASSIGNOR,
                            "there is no assignor %s, there are %s"
                                    .formatted(
                                            beat.assignor().orElse(""),
                                            settings.consumers().assignors())));
        }
        try {
            if (!beat.pattern().orElse("").isEmpty()) {
                topics.pattern(beat.pattern().get());
            }
        } catch (InvalidPatternException e) {
            return Optional.of(
                    new Refusal(
                            ErrorCode.INVALID_REGULAR_EXPRESSION,
                            "%s is no regular expression: %s"
                                    .formatted(beat.pattern().orElse(""), e.getMessage())));
        }
        return Optional.empty();
    }

    private static Beaten refused(Refusal refusal) {
        return refused(refusal.error(), refusal.why());
    }

    static Beaten refused(ErrorCode error, String why) {
        return new Beaten(error, why, "", 0, 0, Optional.empty());
    }

    private Beaten leave(
            ConsumerGroup group,
            @Nullable ConsumerMember member,
            Beat beat,
            Speaker<PartitionSet> speaker,
            long nowMs,
            Out out) {
        Optional<Refusal> refusal = EpochFence.checkLeaver(member, speaker);
        if (refusal.isPresent() || member == null) {
            return refused(refusal.orElseThrow());
        }
        if (beat.epoch() == EpochFence.LEAVE) {
            dismiss(group, List.of(member.id()), nowMs, out);
        } else {
            Draft draft = new Draft(group);
            draft.put(member.with(member.standing().away(PartitionSet.NONE)));
            draft.store(out);
            alive(group.name, member, nowMs);
            deadlines.clear(group.name, member.id(), Kind.REVOCATION);
        }
        return new Beaten(
                ErrorCode.NONE,
                "",
                member.id(),
                beat.epoch(),
                settings.consumers().times(topics.image(), group.name).heartbeatMs(),
                Optional.empty());
    }

    /** Members are out; the next heartbeat of another one makes a new target. */
    void dismiss(ConsumerGroup group, Collection<String> members, long nowMs, Out out) {
        Draft draft = new Draft(group);
        for (String id : members) {
            draft.dismiss(id, nowMs);
            deadlines.clear(group.name, id);
        }
        if (Conversion.canDowngrade(draft) && settings.consumers().mayDowngrade()) {
            downgrade.accept(draft, nowMs, out);
        } else {
            draft.store(out);
        }
    }

    /** Those whose time has come are out; targets that waited are made. */
    void onTime(long nowMs, Out out) {
        SortedMap<String, Set<String>> late = new TreeMap<>();
        SortedSet<String> waited = new TreeSet<>();
        for (Deadlines.Key key : deadlines.due(nowMs, MAX_LATE)) {
            ConsumerGroup group = groups.get(key.group());
            if (key.kind() == Kind.TARGET) {
                waited.add(key.group());
            } else if (group != null && key.kind() == Kind.PROMISE) {
                group.promised.remove(key.member());
            } else if (group != null && group.members.containsKey(key.member())) {
                late.computeIfAbsent(key.group(), name -> new TreeSet<>()).add(key.member());
            }
        }
        late.forEach((name, members) -> {
            ConsumerGroup group = groups.get(name);
            if (group != null) {
                dismiss(group, members, nowMs, out);
            }
        });
        for (String name : waited) {
            if (late.containsKey(name) || out.size() >= MANY_EVENTS) {
                deadlines.set(name, Deadlines.ALL, Kind.TARGET, nowMs);
            } else {
                waited(groups.get(name), nowMs, out);
            }
        }
    }

    private void waited(@Nullable ConsumerGroup group, long nowMs, Out out) {
        if (group != null && group.epoch > group.targetEpoch && !group.members.isEmpty()) {
            Draft draft = new Draft(group);
            retarget(draft, false, nowMs);
            draft.store(out);
        }
    }

    @Nullable OffsetOwner owner(String name) {
        ConsumerGroup group = groups.get(name);
        return group == null ? null : new Owner(group);
    }

    /** A group whose partitions the broker assigns, as its offsets see it. */
    private final class Owner extends EpochOwner<ConsumerMember> {
        private final ConsumerGroup group;

        Owner(ConsumerGroup group) {
            super(group.name, group.members, group.sinceMs);
            this.group = group;
        }

        @Override
        ErrorCode otherEpoch(ConsumerMember member) {
            return member.isClassic() ? ErrorCode.ILLEGAL_GENERATION : super.otherEpoch(member);
        }

        @Override
        void heard(ConsumerMember member, long nowMs) {
            if (member.isClassic()) {
                alive(group.name, member, nowMs);
            }
        }

        @Override
        public Set<String> topics() {
            return targets.topicNames(group.members.values());
        }

        @Override
        public void forget(Out out) {
            Conversion.forget(group, out);
        }
    }

    GroupReply describe(String name) {
        ConsumerGroup group = groups.get(name);
        return group == null
                ? new GroupReply.ConsumersDescribed(name, GroupState.DEAD, 0, 0, "", List.of())
                : new GroupReply.ConsumersDescribed(
                        name,
                        group.state(),
                        group.epoch,
                        group.targetEpoch,
                        group.assignor.isEmpty()
                                ? settings.consumers().assignors().getFirst()
                                : group.assignor,
                        List.copyOf(group.members.values()));
    }

    void apply(GroupEvent.OfConsumers event) {
        switch (event) {
            case GroupEvent.ConsumerGroupStored stored -> group(stored.group()).apply(stored);
            case GroupEvent.ConsumerMemberStored stored ->
                    group(stored.group()).apply(stored.member());
            case GroupEvent.ConsumerMemberRemoved removed -> {
                ConsumerGroup group = groups.get(removed.group());
                if (group != null) {
                    group.remove(removed.memberId());
                }
            }
            case GroupEvent.ConsumerGroupRemoved removed -> groups.remove(removed.group());
        }
    }

    private ConsumerGroup group(String name) {
        return groups.computeIfAbsent(name, ConsumerGroup::new);
    }
}
