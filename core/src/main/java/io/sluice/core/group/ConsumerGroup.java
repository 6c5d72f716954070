package io.sluice.core.group;

import io.sluice.core.controller.ClusterImage;
import io.sluice.core.group.Standing.State;
import io.sluice.core.model.Uuid;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A group whose partitions the broker assigns (KIP-848). Owned by {@link ConsumerGroups}; changed
 * by events alone.
 */
final class ConsumerGroup {

    final String name;

    /** Grows with every change of members, of what they want, and of the topics they want. */
    int epoch;

    /** The epoch for which the targets were made. */
    int targetEpoch;

    /** Who made them. */
    String assignor = "";

    /** Of the topics as the targets were made for. */
    long topicsHash;

    /** When the last member went. */
    long sinceMs;

    final SortedMap<String, ConsumerMember> members = new TreeMap<>();

    /** The image that {@link #topicsHash} was last compared with. Not an event's. */
    @Nullable ClusterImage seen;

    /** Ids that were handed out and not used yet. Not an event's. */
    final Set<String> promised = new HashSet<>();

    private final Map<String, String> instances = new HashMap<>();
    private final Map<Uuid, Map<Integer, String>> holders = new HashMap<>();

    ConsumerGroup(String name) {
        this.name = name;
    }

    void apply(GroupEvent.ConsumerGroupStored stored) {
        epoch = stored.epoch();
        targetEpoch = stored.targetEpoch();
        assignor = stored.assignor();
        topicsHash = stored.topicsHash();
        sinceMs = stored.sinceMs();
    }

    void apply(ConsumerMember member) {
        release(members.put(member.id(), member));
        member.instanceId().ifPresent(instance -> instances.put(instance, member.id()));
        member.standing()
                .holds()
                .forEach((topic, partition) ->
                        holders.computeIfAbsent(topic, id -> new HashMap<>())
                                .put(partition, member.id()));
    }

    void remove(String memberId) {
        release(members.remove(memberId));
    }

    private void release(@Nullable ConsumerMember before) {
        if (before == null) {
            return;
        }
        before.instanceId().ifPresent(instance -> instances.remove(instance, before.id()));
        before.standing()
                .holds()
                .forEach((topic, partition) -> {
                    Map<Integer, String> some = holders.get(topic);
                    if (some != null) {
                        some.remove(partition, before.id());
                        if (some.isEmpty()) {
                            holders.remove(topic);
                        }
                    }
                });
    }

    @Nullable ConsumerMember instance(String instanceId) {
        String id = instances.get(instanceId);
        return id == null ? null : members.get(id);
    }

    /** The member that may read a partition, or has not given it back yet. */
    Optional<String> holder(Uuid topic, int partition) {
        return Optional.ofNullable(holders.getOrDefault(topic, Map.of()).get(partition));
    }

    /** As clients see it. */
    GroupState state() {
        if (members.isEmpty()) {
            return GroupState.EMPTY;
        }
        if (epoch > targetEpoch) {
            return GroupState.ASSIGNING;
        }
        boolean all =
                members.values().stream()
                        .map(ConsumerMember::standing)
                        .allMatch(one -> one.state() == State.STABLE && one.epoch() == targetEpoch);
        return all ? GroupState.STABLE : GroupState.RECONCILING;
    }
}
