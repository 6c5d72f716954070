package io.sluice.system.cluster;

import io.sluice.system.cluster.History.Outcome;
import java.util.ArrayList;
import java.util.List;

/** What the members of one group owned, were given and committed. Any thread. */
final class GroupHistory {

    private final List<Owned> owned = new ArrayList<>();
    private final List<Committed> committed = new ArrayList<>();
    private final List<Found> found = new ArrayList<>();
    private final List<Delivered> delivered = new ArrayList<>();

    /** A member had a partition in a generation (of its epoch, in the newer protocol). */
    record Owned(int member, int generation, int partition) {}

    /** A member committed an offset. */
    record Committed(
            int member,
            int partition,
            long offset,
            long startNanos,
            long endNanos,
            Outcome outcome) {}

    /** A member was told where its group is; -1: nothing is committed. */
    record Found(int member, int partition, long offset, long startNanos, long endNanos) {}

    /** A record that a member worked on. */
    record Delivered(int partition, long offset) {}

    synchronized void owned(Owned one) {
        owned.add(one);
    }

    synchronized void committed(Committed one) {
        committed.add(one);
    }

    synchronized void found(Found one) {
        found.add(one);
    }

    synchronized void delivered(Delivered one) {
        delivered.add(one);
    }

    synchronized List<Owned> owned() {
        return List.copyOf(owned);
    }

    synchronized List<Committed> committed() {
        return List.copyOf(committed);
    }

    synchronized List<Found> found() {
        return List.copyOf(found);
    }

    synchronized List<Delivered> delivered() {
        return List.copyOf(delivered);
    }
}
