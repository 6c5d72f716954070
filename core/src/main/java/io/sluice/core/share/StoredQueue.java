package io.sluice.core.share;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What is stored of one queue. Immutable but for {@link #change}, which {@link ShareCoordinator}
 * calls when it applies an event.
 */
final class StoredQueue {
    private final TreeMap<Long, StateBatch> batches = new TreeMap<>();

    private int stateEpoch;
    private int leaderEpoch;
    private long number = ShareCommand.Write.NO_NUMBER;
    private long start;
    private long doneRecords;

    StoredQueue(int stateEpoch, int leaderEpoch, long start, long doneRecords) {
        this.stateEpoch = stateEpoch;
        this.leaderEpoch = leaderEpoch;
        this.start = start;
        this.doneRecords = doneRecords;
    }

    int stateEpoch() {
        return stateEpoch;
    }

    int leaderEpoch() {
        return leaderEpoch;
    }

    /** Of the last write of the leader in its epoch. */
    long number() {
        return number;
    }

    long start() {
        return start;
    }

    long doneRecords() {
        return doneRecords;
    }

    int size() {
        return batches.size();
    }

    List<StateBatch> batches() {
        return List.copyOf(batches.values());
    }

    StoredQueue copy() {
        StoredQueue copy = new StoredQueue(stateEpoch, leaderEpoch, start, doneRecords);
        copy.number = number;
        copy.batches.putAll(batches);
        return copy;
    }

    /**
     * Lays batches over those that are there. Where the start goes back, what lies between was done
     * and stays so unless it is told otherwise: the leader may have read what is stored before a
     * write of its own, that it had given up, arrived.
     */
    void change(
            int newLeaderEpoch,
            long newNumber,
            long newStart,
            long newDoneRecords,
            List<StateBatch> over) {
        leaderEpoch = newLeaderEpoch;
        number = newNumber;
        if (newStart >= 0 && newStart < start) {
            put(new StateBatch(newStart, start - 1, StateBatch.Settled.SETTLED));
        }
        start = newStart;
        doneRecords = newDoneRecords;
        over.forEach(this::put);
        forgetBelowStart();
    }

    private void put(StateBatch batch) {
        for (StateBatch old : overlapping(batch)) {
            batches.remove(old.first());
            if (old.first() < batch.first()) {
                batches.put(
                        old.first(), new StateBatch(old.first(), batch.first() - 1, old.fate()));
            }
            if (old.last() > batch.last()) {
                batches.put(batch.last() + 1, old.from(batch.last() + 1));
            }
        }
        join(batch);
    }

    private List<StateBatch> overlapping(StateBatch batch) {
        List<StateBatch> found = new ArrayList<>();
        Map.Entry<Long, StateBatch> entry = batches.floorEntry(batch.last());
        while (entry != null && entry.getValue().last() >= batch.first()) {
            found.add(entry.getValue());
            entry = batches.lowerEntry(entry.getKey());
        }
        return found;
    }

    /** Neighbours of one fate are one batch. */
    private void join(StateBatch batch) {
        long first = batch.first();
        long last = batch.last();
        Map.Entry<Long, StateBatch> before = batches.lowerEntry(first);
        if (before != null
                && before.getValue().last() == first - 1
                && before.getValue().fate().equals(batch.fate())) {
            first = before.getKey();
        }
        StateBatch after = batches.get(last + 1);
        if (after != null && after.fate().equals(batch.fate())) {
            last = after.last();
            batches.remove(after.first());
        }
        batches.put(first, new StateBatch(first, last, batch.fate()));
    }

    private void forgetBelowStart() {
        while (!batches.isEmpty() && batches.firstKey() < start) {
            StateBatch batch = batches.pollFirstEntry().getValue();
            if (batch.last() >= start) {
                batches.put(start, batch.from(start));
            }
        }
    }
}
