package io.sluice.core.group.streams;

import io.sluice.core.group.assignor.Share;
import java.util.Collection;
import java.util.Collections;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Predicate;

/**
 * The tasks of a member, by role. Immutable.
 *
 * @param active it processes; of all members one at most
 * @param standby it keeps the state of, to take over soon
 * @param warmup it restores the state of, to take over when it has
 */
public record Tasks(SortedSet<Task> active, SortedSet<Task> standby, SortedSet<Task> warmup)
        implements Share<Tasks> {

    public static final Tasks NONE =
            new Tasks(
                    Collections.emptySortedSet(),
                    Collections.emptySortedSet(),
                    Collections.emptySortedSet());

    public Tasks {
        active = Collections.unmodifiableSortedSet(new TreeSet<>(active));
        standby = Collections.unmodifiableSortedSet(new TreeSet<>(standby));
        warmup = Collections.unmodifiableSortedSet(new TreeSet<>(warmup));
    }

    /** Active tasks alone. */
    public static Tasks ofActive(Collection<Task> active) {
        return new Tasks(
                new TreeSet<>(active), Collections.emptySortedSet(), Collections.emptySortedSet());
    }

    @Override
    public boolean isEmpty() {
        return active.isEmpty() && standby.isEmpty() && warmup.isEmpty();
    }

    @Override
    public Tasks and(Tasks other) {
        return filter(other.active::contains, other.standby::contains, other.warmup::contains);
    }

    @Override
    public Tasks minus(Tasks other) {
        return filter(
                one -> !other.active.contains(one),
                one -> !other.standby.contains(one),
                one -> !other.warmup.contains(one));
    }

    @Override
    public Tasks plus(Tasks other) {
        return new Tasks(
                sum(active, other.active), sum(standby, other.standby), sum(warmup, other.warmup));
    }

    @Override
    public boolean containsAll(Tasks other) {
        return active.containsAll(other.active)
                && standby.containsAll(other.standby)
                && warmup.containsAll(other.warmup);
    }

    /** Those that the test of their role lets through. */
    public Tasks filter(
            Predicate<Task> actives, Predicate<Task> standbys, Predicate<Task> warmups) {
        return new Tasks(some(active, actives), some(standby, standbys), some(warmup, warmups));
    }

    /** In whatever role. */
    public SortedSet<Task> all() {
        return sum(sum(active, standby), warmup);
    }

    private static SortedSet<Task> some(SortedSet<Task> of, Predicate<Task> test) {
        SortedSet<Task> some = new TreeSet<>();
        for (Task task : of) {
            if (test.test(task)) {
                some.add(task);
            }
        }
        return some;
    }

    private static SortedSet<Task> sum(SortedSet<Task> one, SortedSet<Task> other) {
        SortedSet<Task> sum = new TreeSet<>(one);
        sum.addAll(other);
        return sum;
    }
}
