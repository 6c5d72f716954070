package io.sluice.core.group;

import io.sluice.core.controller.ClusterImage;
import io.sluice.core.group.Standing.State;
import io.sluice.core.group.streams.Task;
import io.sluice.core.group.streams.Tasks;
import io.sluice.core.group.streams.Topology;
import io.sluice.core.group.streams.TopologyPlan;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A group whose tasks the broker assigns (KIP-1071). Owned by {@link StreamsGroups}; changed by
 * events alone, but for what is said to be soft: that is lost with the coordinator, and made again.
 */
final class StreamsGroup {

    final String name;

    /** Grows with every change of members, of the topology, and of the topics it needs. */
    int epoch;

    /** The epoch for which the targets were made. */
    int targetEpoch;

    /** Of the topics and settings as the targets were made for. */
    long basis;

    /** When the last member went. */
    long sinceMs;

    Optional<Topology> topology = Optional.empty();

    final SortedMap<String, StreamsMember> members = new TreeMap<>();

    /** Soft: the image that {@link #basis} was last compared with. */
    @Nullable ClusterImage based;

    /** Soft: the image that {@link #plan} was made for. */
    @Nullable ClusterImage seen;

    /** Soft: what the topology comes to. */
    @Nullable TopologyPlan plan;

    /** Soft: the topology it was made of. */
    @Nullable Topology planned;

    /** Soft: a member wants all of the application to stop. */
    boolean stops;

    /** Soft: grows with every change of who answers for what. */
    int endpointChanges;

    private final Map<String, String> instances = new HashMap<>();
    private final Map<Task, Set<String>> holders = new HashMap<>();

    StreamsGroup(String name) {
        this.name = name;
    }

    void apply(GroupEvent.StreamsGroupStored stored) {
        epoch = stored.epoch();
        targetEpoch = stored.targetEpoch();
        basis = stored.basis();
        sinceMs = stored.sinceMs();
    }

    void apply(StreamsMember member) {
        StreamsMember before = members.put(member.id(), member);
        release(before);
        member.instanceId().ifPresent(instance -> instances.put(instance, member.id()));
        for (Task task : member.standing().holds().all()) {
            holders.computeIfAbsent(task, one -> new TreeSet<>()).add(member.id());
        }
        boolean same =
                before != null
                        && before.profile().endpoint().equals(member.profile().endpoint())
                        && before.standing().assigned().equals(member.standing().assigned());
        endpointChanges += same ? 0 : 1;
    }

    void remove(String memberId) {
        release(members.remove(memberId));
        endpointChanges++;
    }

    private void release(@Nullable StreamsMember before) {
        if (before == null) {
            return;
        }
        before.instanceId().ifPresent(instance -> instances.remove(instance, before.id()));
        for (Task task : before.standing().holds().all()) {
            Set<String> some = holders.get(task);
            if (some != null) {
                some.remove(before.id());
                if (some.isEmpty()) {
                    holders.remove(task);
                }
            }
        }
    }

    @Nullable StreamsMember instance(String instanceId) {
        String id = instances.get(instanceId);
        return id == null ? null : members.get(id);
    }

    /**
     * What a member may have of a share just now: an active task that no other does, and no task
     * whose state another thread of its process holds.
     *
     * @param draft members that it does away with hold nothing
     */
    Tasks free(Tasks wanted, StreamsMember member, StreamsDraft draft) {
        return wanted.filter(
                task -> isFree(task, true, member, draft),
                task -> isFree(task, false, member, draft),
                task -> isFree(task, false, member, draft));
    }

    private boolean isFree(Task task, boolean active, StreamsMember member, StreamsDraft draft) {
        for (String id : holders.getOrDefault(task, Set.of())) {
            StreamsMember holder = members.get(id);
            if (holder == null || id.equals(member.id()) || draft.member(id) == null) {
                continue;
            }
            boolean sameProcess = holder.profile().processId().equals(member.profile().processId());
            if (sameProcess || (active && holder.standing().holds().active().contains(task))) {
                return false;
            }
        }
        return true;
    }

    /** As clients see it. */
    GroupState state() {
        if (members.isEmpty()) {
            return GroupState.EMPTY;
        }
        if (plan != null && !plan.isReady()) {
            return GroupState.NOT_READY;
        }
        if (epoch > targetEpoch) {
            return GroupState.ASSIGNING;
        }
        boolean all =
                members.values().stream()
                        .map(StreamsMember::standing)
                        .allMatch(one -> one.state() == State.STABLE && one.epoch() == targetEpoch);
        return all ? GroupState.STABLE : GroupState.RECONCILING;
    }
}
