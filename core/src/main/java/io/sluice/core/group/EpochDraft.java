package io.sluice.core.group;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What a decision would make of a group whose members' rights their epochs tell: the group itself
 * stays as it is until the events come.
 *
 * @param <M> a member
 */
abstract class EpochDraft<M extends EpochMember<?>> {

    int epoch;
    int targetEpoch;

    /** When the last member went. */
    long sinceMs;

    private final SortedMap<String, M> before;
    private final Map<String, Optional<M>> changes = new LinkedHashMap<>();

    EpochDraft(int epoch, int targetEpoch, long sinceMs, SortedMap<String, M> before) {
        this.epoch = epoch;
        this.targetEpoch = targetEpoch;
        this.sinceMs = sinceMs;
        this.before = before;
    }

    @Nullable M member(String id) {
        Optional<M> changed = changes.get(id);
        return changed == null ? before.get(id) : changed.orElse(null);
    }

    void put(M member) {
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

    /** All that there would be. */
    SortedMap<String, M> members() {
        SortedMap<String, M> all = new TreeMap<>(before);
        changes.forEach((id, member) ->
                member.ifPresentOrElse(one -> all.put(id, one), () -> all.remove(id)));
        return all;
    }

    /** Tells what became of members, in the order of the first change of each. */
    void tellMembers(Consumer<String> removed, Consumer<M> stored) {
        changes.forEach((id, member) -> {
            M known = before.get(id);
            if (member.isEmpty() && known != null) {
                removed.accept(id);
            } else if (member.isPresent() && !member.get().equals(known)) {
                stored.accept(member.get());
            }
        });
    }
}
