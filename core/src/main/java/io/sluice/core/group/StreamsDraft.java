package io.sluice.core.group;

import io.sluice.core.group.streams.Topology;
import java.util.Optional;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/**
 * What a decision would make of a streams group: the group itself stays as it is until the events
 * come.
 */
final class StreamsDraft {

    final StreamsGroup group;
    int epoch;
    int targetEpoch;
    long basis;
    Optional<Topology> topology;
    private long sinceMs;
    private final MemberChanges<StreamsMember> changes;

    StreamsDraft(StreamsGroup group) {
        this.group = group;
        this.epoch = group.epoch;
        this.targetEpoch = group.targetEpoch;
        this.basis = group.basis;
        this.topology = group.topology;
        this.sinceMs = group.sinceMs;
        this.changes = new MemberChanges<>(group.members);
    }

    @Nullable StreamsMember member(String id) {
        return changes.member(id);
    }

    void put(StreamsMember member) {
        changes.put(member.id(), member);
    }

    void remove(String id) {
        changes.remove(id);
    }

    SortedMap<String, StreamsMember> members() {
        return changes.members();
    }

    /** A member is out and the others share anew. */
    void dismiss(String id, long nowMs) {
        remove(id);
        epoch++;
        if (members().isEmpty()) {
            sinceMs = nowMs;
        }
    }

    void store(Out out) {
        if (topology.isPresent() && !topology.equals(group.topology)) {
            out.store(new GroupEvent.StreamsTopologyStored(group.name, topology.get()));
        }
        changes.tell(
                id -> out.store(new GroupEvent.StreamsMemberRemoved(group.name, id)),
                one -> out.store(new GroupEvent.StreamsMemberStored(group.name, one)));
        boolean changed =
                epoch != group.epoch
                        || targetEpoch != group.targetEpoch
                        || basis != group.basis
                        || sinceMs != group.sinceMs;
        if (changed) {
            out.store(
                    new GroupEvent.StreamsGroupStored(
                            group.name, epoch, targetEpoch, basis, sinceMs));
        }
    }
}
