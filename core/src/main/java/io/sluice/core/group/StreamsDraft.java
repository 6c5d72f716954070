package io.sluice.core.group;

import io.sluice.core.group.streams.Topology;
import java.util.Optional;

/** What a decision would make of a group whose tasks the broker assigns. */
final class StreamsDraft extends EpochDraft<StreamsMember> {

    final StreamsGroup group;
    long basis;
    Optional<Topology> topology;

    StreamsDraft(StreamsGroup group) {
        super(group.epoch, group.targetEpoch, group.sinceMs, group.members);
        this.group = group;
        this.basis = group.basis;
        this.topology = group.topology;
    }

    void store(Out out) {
        if (topology.isPresent() && !topology.equals(group.topology)) {
            out.store(new GroupEvent.StreamsTopologyStored(group.name, topology.get()));
        }
        tellMembers(
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
