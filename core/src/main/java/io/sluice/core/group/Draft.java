package io.sluice.core.group;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What a decision would make of a group: the group itself stays as it is until the events come. */
final class Draft {

    final ConsumerGroup group;
    int epoch;
    int targetEpoch;
    String assignor;
    long topicsHash;
    private long sinceMs;
    private final Map<String, Optional<ConsumerMember>> changes = new LinkedHashMap<>();

    Draft(ConsumerGroup group) {
        this.group = group;
        this.epoch = group.epoch;
        this.targetEpoch = group.targetEpoch;
        this.assignor = group.assignor;
        this.topicsHash = group.topicsHash;
        this.sinceMs = group.sinceMs;
    }

    @Nullable ConsumerMember member(String id) {
        Optional<ConsumerMember> changed = changes.get(id);
        return changed == null ? group.members.get(id) : changed.orElse(null);
    }

    void put(ConsumerMember member) {
        changes.put(member.id(), Optional.of(member));
    }

    void remove(String id) {
        changes.put(id, Optional.empty());
    }

    /** A member is out and the others share anew. */
    void dismiss(String id, long nowMs) {
        remove(id);
        epoch++;
        if (members().isEmpty()) {
            sinceMs = nowMs;
        }
    }

    SortedMap<String, ConsumerMember> members() {
        SortedMap<String, ConsumerMember> all = new TreeMap<>(group.members);
        changes.forEach((id, member) ->
                member.ifPresentOrElse(one -> all.put(id, one), () -> all.remove(id)));
        return all;
    }

    void store(Out out) {
        changes.forEach((id, member) -> {
            ConsumerMember before = group.members.get(id);
            if (member.isEmpty() && before != null) {
                out.store(new GroupEvent.ConsumerMemberRemoved(group.name, id));
            } else if (member.isPresent() && !member.get().equals(before)) {
                out.store(new GroupEvent.ConsumerMemberStored(group.name, member.get()));
            }
        });
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
