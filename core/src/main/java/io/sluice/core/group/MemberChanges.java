package io.sluice.core.group;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What a decision would make of a group's members: they stay as they are until the events come.
 *
 * @param <M> a member
 */
final class MemberChanges<M> {

    private final SortedMap<String, M> before;
    private final Map<String, Optional<M>> changes = new LinkedHashMap<>();

    MemberChanges(SortedMap<String, M> before) {
        this.before = before;
    }

    @Nullable M member(String id) {
        Optional<M> changed = changes.get(id);
        return changed == null ? before.get(id) : changed.orElse(null);
    }

    void put(String id, M member) {
        changes.put(id, Optional.of(member));
    }

    void remove(String id) {
        changes.put(id, Optional.empty());
    }

    /** All that there would be. */
    SortedMap<String, M> members() {
        SortedMap<String, M> all = new TreeMap<>(before);
        changes.forEach((id, member) ->
                member.ifPresentOrElse(one -> all.put(id, one), () -> all.remove(id)));
        return all;
    }

    /** In the order of the first change of each. */
    void tell(Consumer<String> removed, Consumer<M> stored) {
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
