package io.sluice.core.group;

import io.sluice.core.controller.ClusterImage;
import io.sluice.core.group.ConsumerMember.ClassicSide;
import io.sluice.core.group.ConsumerMember.Profile;
import io.sluice.core.group.GroupEvent.StoredMember;
import io.sluice.core.group.Standing.State;
import io.sluice.core.group.assignor.PartitionSet;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Makes a group of one protocol into one of the other, its members with it (KIP-848). */
final class Conversion {

    private Conversion() {}

    /** Whether all members say what the broker understands. */
    static boolean canUpgrade(Group group) {
        return group.protocolType.equals(ConsumerProtocol.TYPE)
                && group.members.values().stream().allMatch(member -> !member.protocols.isEmpty());
    }

    /**
     * A group with the members of that one, each with what it was assigned. Not stored: {@link
     * #store}.
     */
    static ConsumerGroup upgrade(Group group, ClusterImage image) {
        ConsumerGroup made = new ConsumerGroup(group.name);
        int epoch = Math.max(1, group.generation);
        made.epoch = epoch;
        made.targetEpoch = epoch;
        for (Member member : group.members.values()) {
            PartitionSet assigned =
                    ConsumerProtocol.known(ConsumerProtocol.assignment(member.assignment), image);
            ConsumerProtocol.Subscription wants =
                    ConsumerProtocol.subscription(member.protocols.getFirst().metadata());
            made.apply(
                    new ConsumerMember(
                            member.id,
                            member.instanceId,
                            new Profile(
                                    wants.rack(),
                                    member.clientId,
                                    member.clientHost,
                                    member.rebalanceMs,
                                    wants.topics(),
                                    "",
                                    "",
                                    Optional.of(
                                            new ClassicSide(member.sessionMs, member.protocols))),
                            new Standing<>(epoch, epoch, State.STABLE, assigned, PartitionSet.NONE),
                            assigned));
        }
        return made;
    }

    /** All of a group that was made in memory. */
    static void store(ConsumerGroup group, Out out) {
        group.members
                .values()
                .forEach(one -> out.store(new GroupEvent.ConsumerMemberStored(group.name, one)));
        out.store(
                new GroupEvent.ConsumerGroupStored(
                        group.name,
                        group.epoch,
                        group.targetEpoch,
                        group.assignor,
                        group.topicsHash,
                        group.sinceMs));
    }

    /** Whether the last member of the new protocol is gone, and others are left. */
    static boolean canDowngrade(Draft draft) {
        return !draft.members().isEmpty()
                && draft.members().values().stream().allMatch(ConsumerMember::isClassic);
    }

    /** A group with the members of that one; they have to join again. */
    static Group downgrade(Draft draft, ClusterImage image) {
        List<StoredMember> members = new ArrayList<>();
        String protocol = "";
        for (ConsumerMember member : draft.members().values()) {
            ClassicSide side = member.profile().classic().orElseThrow();
            protocol = side.protocols().getFirst().name();
            members.add(
                    new StoredMember(
                            member.id(),
                            member.instanceId(),
                            member.profile().clientId(),
                            member.profile().clientHost(),
                            side.sessionMs(),
                            member.profile().rebalanceMs(),
                            side.protocols().getFirst().metadata(),
                            ConsumerProtocol.assignment(member.standing().assigned(), image)));
        }
        Group made =
                new Group(
                        new GroupEvent.Stored(
                                draft.group.name,
                                ConsumerProtocol.TYPE,
                                draft.epoch,
                                Optional.of(protocol),
                                members.getFirst().memberId(),
                                0L,
                                members));
        for (ConsumerMember member : draft.members().values()) {
            Member one = made.members.get(member.id());
            if (one != null) {
                one.protocols = member.profile().classic().orElseThrow().protocols();
            }
        }
        return made;
    }

    /** Nothing is left of it; offsets are another matter. */
    static void forget(ConsumerGroup group, Out out) {
        group.members
                .keySet()
                .forEach(id -> out.store(new GroupEvent.ConsumerMemberRemoved(group.name, id)));
        out.store(new GroupEvent.ConsumerGroupRemoved(group.name));
    }
}
