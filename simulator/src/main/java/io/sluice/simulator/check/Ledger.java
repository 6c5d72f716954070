package io.sluice.simulator.check;

import io.sluice.core.model.TopicPartition;
import io.sluice.simulator.world.Violation;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What clients know: every batch sent, what became of it, and what was read where. A batch that was
 * acknowledged by all, or read, is committed: it stays at its offset for ever.
 */
public final class Ledger {

    /** What a producer is promised. */
    public enum Promise {
        /** Committed, and once. */
        ONCE,
        /** Committed, perhaps more than once. */
        COMMITTED,
        /** In the leader's memory. */
        RECEIVED
    }

    /** One batch of a producer. */
    public record Sent(TopicPartition partition, long id, int records, Promise promise) {}

    private record Reign(TopicPartition partition, int leaderEpoch) {}

    private record Placed(Sent batch, long offset) {}

    private final Map<Long, Sent> sent = new HashMap<>();
    private final SortedMap<Long, Placed> acknowledged = new TreeMap<>();
    private final SortedMap<TopicPartition, SortedMap<Long, Stored>> read = new TreeMap<>();
    private final Map<Long, Long> placeOfOnce = new HashMap<>();
    private final Map<Reign, String> leaders = new HashMap<>();
    private long reads;
    private long nextId = 1L;

    /** A new batch, that will be sent. */
    public Sent newBatch(TopicPartition partition, int records, Promise promise) {
        Sent batch = new Sent(partition, nextId++, records, promise);
        sent.put(batch.id, batch);
        return batch;
    }

    public int acknowledgedCount() {
        return acknowledged.size();
    }

    public long readCount() {
        return reads;
    }

    /** The broker said that it is stored, as was asked. */
    public void acknowledged(Sent batch, long baseOffset) {
        if (batch.promise == Promise.RECEIVED) {
            return;
        }
        if (baseOffset < 0) {
            throw new Violation("I-8", batch + " is acknowledged without an offset");
        }
        acknowledged.put(batch.id, new Placed(batch, baseOffset));
        placedOnce(batch, baseOffset);
        Stored there = of(batch.partition).get(baseOffset);
        if (there != null && there.id() != batch.id) {
            throw new Violation(
                    "I-2",
                    "%s is acknowledged at %d, where %s was read"
                            .formatted(batch, baseOffset, there));
        }
    }

    private void placedOnce(Sent batch, long baseOffset) {
        if (batch.promise != Promise.ONCE) {
            return;
        }
        Long before = placeOfOnce.putIfAbsent(batch.id, baseOffset);
        if (before != null && before != baseOffset) {
            throw new Violation(
                    "I-14", "%s is at %d and at %d".formatted(batch, before, baseOffset));
        }
    }

    /** A process has acknowledged something as the leader of an epoch; no other one ever does. */
    public void leads(TopicPartition partition, int leaderEpoch, String process) {
        String before = leaders.putIfAbsent(new Reign(partition, leaderEpoch), process);
        if (before != null && !before.equals(process)) {
            throw new Violation(
                    "I-7",
                    "%s and %s both lead %s in epoch %d"
                            .formatted(before, process, partition, leaderEpoch));
        }
    }

    /** A consumer, or the judge, has read a committed batch. */
    public void read(TopicPartition partition, Stored found, String who) {
        reads++;
        Sent batch = sent.get(found.id());
        if (batch == null || !batch.partition.equals(partition)) {
            throw new Violation(
                    "I-2", who + " reads in " + partition + " what nobody sent: " + found);
        }
        placedOnce(batch, found.baseOffset());
        Stored before = of(partition).putIfAbsent(found.baseOffset(), found);
        if (before != null && !before.equals(found)) {
            throw new Violation(
                    "I-2",
                    "%s reads %s in %s, where %s was read before"
                            .formatted(who, found, partition, before));
        }
    }

    private SortedMap<Long, Stored> of(TopicPartition partition) {
        return read.computeIfAbsent(partition, one -> new TreeMap<>());
    }

    /**
     * Everything committed of a partition at the end, from its start: nothing that was promised is
     * missing, nothing that was read differs, and what a producer sent in order lies in order.
     */
    public void judge(TopicPartition partition, List<Stored> log) {
        long next = 0L;
        SortedMap<Long, Stored> byOffset = new TreeMap<>();
        for (Stored one : log) {
            if (one.baseOffset() != next) {
                throw new Violation(
                        "I-1",
                        "%s: a hole before %s, expected offset %d".formatted(partition, one, next));
            }
            next = one.nextOffset();
            byOffset.put(one.baseOffset(), one);
            read(partition, one, "the judge");
        }
        long end = next;
        of(partition)
                .forEach((offset, stored) -> {
                    if (!stored.equals(byOffset.get(offset))) {
                        throw new Violation(
                                "I-8",
                                "%s was read in %s and is lost; the log ends at %d"
                                        .formatted(stored, partition, end));
                    }
                });
        acknowledged
                .values()
                .forEach(one -> {
                    Sent batch = one.batch;
                    long offset = one.offset;
                    Stored there = byOffset.get(offset);
                    if (batch.partition.equals(partition)
                            && (there == null || there.id() != batch.id)) {
                        throw new Violation(
                                "I-8",
                                "%s was acknowledged at %d and is lost: there is %s; the log ends at %d"
                                        .formatted(batch, offset, there, end));
                    }
                });
    }
}
