package io.sluice.core.group;

import io.sluice.core.group.Deadlines.Kind;
import io.sluice.core.group.EpochFence.Refusal;
import io.sluice.core.group.EpochFence.Speaker;
import io.sluice.core.group.GroupCommand.ShareBeat;
import io.sluice.core.group.GroupReply.Beaten;
import io.sluice.core.group.assignor.PartitionSet;
import io.sluice.core.model.ErrorCode;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The groups whose members share partitions record by record (KIP-932). Who reads what is told with
 * the heartbeat; nobody waits for anybody, since a record is held by one member at a time wherever
 * it is read ({@code core.share}).
 *
 * <p>Deadlines are not stored: after the log was read every member has a whole session.
 */
final class ShareGroups {

    /** Members that one decision sends away; the rest is due at once again. */
    private static final int MAX_LATE = 500;

    private final GroupSettings settings;
    private final Topics topics;
    private final ShareTargets targets;
    private final SortedMap<String, ShareGroup> groups = new TreeMap<>();
    final Deadlines deadlines = new Deadlines();
    private boolean live;

    ShareGroups(GroupSettings settings, Topics topics) {
        this.settings = settings;
        this.topics = topics;
        this.targets = new ShareTargets(topics);
    }

    @Nullable ShareGroup find(String name) {
        return groups.get(name);
    }

    Collection<ShareGroup> all() {
        return Collections.unmodifiableCollection(groups.values());
    }

    /** Members that were read from the log have a whole session to show that they live. */
    void start(long nowMs) {
        if (live) {
            return;
        }
        live = true;
        for (ShareGroup group : groups.values()) {
            group.members.keySet().forEach(id -> alive(group.name, id, nowMs));
        }
    }

    private void alive(String group, String member, long nowMs) {
        deadlines.set(group, member, Kind.SESSION, nowMs + times(group).sessionMs());
    }

    private GroupSettings.ShareTimes times(String group) {
        return settings.shares().times(topics.image(), group);
    }

    /**
     * A heartbeat of somebody who joins, stays or leaves.
     *
     * @param known the group, or the new one it shall be
     */
    Beaten beat(@Nullable ShareGroup known, ShareBeat beat, long nowMs, Out out) {
        Optional<Refusal> refusal = malformed(beat);
        if (refusal.isPresent()) {
            return refused(refusal.get());
        }
        if (known == null) {
            return ConsumerGroups.refused(
                    ErrorCode.GROUP_ID_NOT_FOUND, "there is no group " + beat.group());
        }
        ShareMember before = known.members.get(beat.memberId());
        Speaker<PartitionSet> speaker = speaker(beat, before);
        if (beat.epoch() < EpochFence.JOIN) {
            return leave(known, before, speaker, nowMs, out);
        }
        refusal = EpochFence.check(before, speaker);
        if (refusal.isPresent()) {
            return refused(refusal.get());
        }
        if (before == null && known.members.size() >= settings.shares().maxMembers()) {
            return ConsumerGroups.refused(
                    ErrorCode.GROUP_MAX_SIZE_REACHED,
                    "the group has %d members, group.share.max.size allows no more"
                            .formatted(known.members.size()));
        }
        return proceed(new ShareDraft(known), before, beat, nowMs, out);
    }

    /** Nobody says what it holds here: it is what it was told. */
    private static Speaker<PartitionSet> speaker(ShareBeat beat, @Nullable ShareMember member) {
        return new Speaker<>(
                beat.group(),
                beat.memberId(),
                Optional.empty(),
                beat.epoch(),
                member == null ? Optional.empty() : Optional.of(member.standing().assigned()));
    }

    private static Optional<Refusal> malformed(ShareBeat beat) {
        Optional<Refusal> usual = EpochFence.malformed(speaker(beat, null), beat.rack());
        if (usual.isPresent()) {
            return usual;
        }
        return beat.epoch() == EpochFence.JOIN && beat.topics().orElse(List.of()).isEmpty()
                ? EpochFence.invalid("who joins subscribes to topics")
                : Optional.empty();
    }

    private static Beaten refused(Refusal refusal) {
        return ConsumerGroups.refused(refusal.error(), refusal.why());
    }

    private Beaten proceed(
            ShareDraft draft, @Nullable ShareMember before, ShareBeat beat, long nowMs, Out out) {
        ShareMember member = member(before, beat);
        boolean changed = before == null || !member.subscribesLike(before);
        draft.put(member);
        targets.refresh(draft, changed);
        ShareMember targeted = draft.member(member.id());
        ShareMember now = targeted == null ? member : targeted;
        Standing<PartitionSet> standing = now.standing();
        ShareMember after =
                standing.epoch() == draft.epoch
                        ? now
                        : now.with(
                                new Standing<>(
                                        draft.epoch,
                                        standing.epoch(),
                                        Standing.State.STABLE,
                                        standing.assigned(),
                                        PartitionSet.NONE));
        draft.put(after);
        draft.store(out);
        alive(beat.group(), after.id(), nowMs);
        boolean tells = beat.epoch() != after.standing().epoch() || beat.topics().isPresent();
        return new Beaten(
                ErrorCode.NONE,
                "",
                after.id(),
                after.standing().epoch(),
                times(beat.group()).heartbeatMs(),
                tells ? Optional.of(after.standing().assigned()) : Optional.empty());
    }

    private static ShareMember member(@Nullable ShareMember before, ShareBeat beat) {
        List<String> names =
                beat.topics()
                        .map(some -> List.copyOf(new TreeSet<>(some)))
                        .orElse(before == null ? List.of() : before.topics());
        return new ShareMember(
                beat.memberId(),
                beat.rack().or(() -> before == null ? Optional.empty() : before.rack()),
                beat.clientId(),
                beat.clientHost(),
                names,
                before == null
                        ? Standing.atFirst(PartitionSet.NONE, PartitionSet.NONE)
                        : before.standing());
    }

    private Beaten leave(
            ShareGroup group,
            @Nullable ShareMember member,
            Speaker<PartitionSet> speaker,
            long nowMs,
            Out out) {
        Optional<Refusal> refusal = EpochFence.checkLeaver(member, speaker);
        if (refusal.isPresent() || member == null) {
            return refused(refusal.orElseThrow());
        }
        dismiss(group, List.of(member.id()), nowMs, out);
        return new Beaten(
                ErrorCode.NONE,
                "",
                member.id(),
                speaker.epoch(),
                times(group.name).heartbeatMs(),
                Optional.empty());
    }

    /** Members are out, and the others have their partitions: they hear of it next time. */
    private void dismiss(ShareGroup group, Collection<String> members, long nowMs, Out out) {
        ShareDraft draft = new ShareDraft(group);
        for (String id : members) {
            draft.remove(id);
            deadlines.clear(group.name, id);
        }
        if (draft.members().isEmpty()) {
            draft.sinceMs = nowMs;
        }
        targets.refresh(draft, true);
        draft.store(out);
    }

    /** Those whose time has come are out. */
    void onTime(long nowMs, Out out) {
        SortedMap<String, Set<String>> late = new TreeMap<>();
        for (Deadlines.Key key : deadlines.due(nowMs, MAX_LATE)) {
            ShareGroup group = groups.get(key.group());
            if (group != null && group.members.containsKey(key.member())) {
                late.computeIfAbsent(key.group(), name -> new TreeSet<>()).add(key.member());
            }
        }
        late.forEach((name, members) -> {
            ShareGroup group = groups.get(name);
            if (group != null) {
                dismiss(group, members, nowMs, out);
            }
        });
    }

    GroupReply describe(String name) {
        ShareGroup group = groups.get(name);
        return group == null
                ? new GroupReply.SharesDescribed(name, GroupState.DEAD, 0, List.of())
                : new GroupReply.SharesDescribed(
                        name, group.state(), group.epoch, List.copyOf(group.members.values()));
    }

    void apply(GroupEvent.OfShares event) {
        switch (event) {
            case GroupEvent.ShareGroupStored stored -> group(stored.group()).apply(stored);
            case GroupEvent.ShareMemberStored stored ->
                    group(stored.group()).members.put(stored.member().id(), stored.member());
            case GroupEvent.ShareMemberRemoved removed -> {
                ShareGroup group = groups.get(removed.group());
                if (group != null) {
                    group.members.remove(removed.memberId());
                }
            }
            case GroupEvent.ShareGroupRemoved removed -> groups.remove(removed.group());
        }
    }

    private ShareGroup group(String name) {
        return groups.computeIfAbsent(name, ShareGroup::new);
    }

    /** Nothing is left of it. */
    static void forget(ShareGroup group, Out out) {
        group.members
                .keySet()
                .forEach(id -> out.store(new GroupEvent.ShareMemberRemoved(group.name, id)));
        out.store(new GroupEvent.ShareGroupRemoved(group.name));
    }

    @Nullable OffsetOwner owner(String name) {
        ShareGroup group = groups.get(name);
        return group == null ? null : new Owner(group);
    }

    /** A share group has no offsets of this kind: nobody stores any for it. */
    private static final class Owner extends EpochOwner<ShareMember> {
        private final ShareGroup group;

        Owner(ShareGroup group) {
            super(group.name, group.members, group.sinceMs);
            this.group = group;
        }

        @Override
        public ErrorCode mayCommit(GroupCommand.Caller caller, long nowMs) {
            return ErrorCode.GROUP_ID_NOT_FOUND;
        }

        /** What its queues remember stays until somebody deletes it, and so does its name. */
        @Override
        public long unusedSinceMs() {
            return Long.MAX_VALUE;
        }

        @Override
        public Set<String> topics() {
            Set<String> names = new TreeSet<>();
            group.members.values().forEach(member -> names.addAll(member.topics()));
            return names;
        }

        @Override
        public void forget(Out out) {
            ShareGroups.forget(group, out);
        }
    }
}
