package io.sluice.core.group;

import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/** What a decision would make of a group: the group itself stays as it is until the events come. */
final class Draft {

    final ConsumerGroup group;
    int epoch;
    int targetEpoch;
    String assignor;
    long topicsHash;
    private long sinceMs;
    private final MemberChanges<ConsumerMember> changes;

    Draft(ConsumerGroup group) {
        this.group = group;
        this.epoch = group.epoch;
        this.targetEpoch = group.targetEpoch;
        this.assignor = group.assignor;
        this.topicsHash = group.topicsHash;
        this.sinceMs = group.sinceMs;
        this.changes = new MemberChanges<>(group.members);
    }

    @Nullable ConsumerMember member(String id) {
        return changes.member(id);
    }

    void put(ConsumerMember member) {
        changes.put(member.id(), member);
    }

    void remove(String id) {
        changes.remove(id);
    }

    SortedMap<String, ConsumerMember> members() {
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
        changes.tell(
                id -> out.store(new GroupEvent.ConsumerMemberRemoved(group.name, id)),
                one -> out.store(new GroupEvent.ConsumerMemberStored(group.name, one)));
        boolean changed =
                epoch != group.epoch
                        || targetEpoch != group.targetEpoch
                        || topicsHash != group.topicsHash
                        || sinceMs != group.sinceMs
                        || !assignor.equals(group.assignor);
        if (changed) {
            out.store(
                    new GroupEvent.ConsumerGroupStored(
                            group.name, epoch, targetEpoch, assignor, topicsHash, sinceMs));
        }
    }
}
