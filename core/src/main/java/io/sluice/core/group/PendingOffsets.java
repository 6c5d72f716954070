package io.sluice.core.group;

import io.sluice.core.group.GroupReply.Committed;
import io.sluice.core.group.GroupReply.PerPartition;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TopicPartition;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Offsets that producers stored in transactions which are not over (KIP-98): nobody sees them, and
 * the marker of the transaction makes them offsets of the group or lets them go (I-18).
 *
 * <p>The epoch of a producer's last marker is remembered, so that who comes with an older one
 * stores nothing (I-16), and a marker of an older one ends nothing (I-16b). A producer that is to
 * be looked up with its coordinator before it opens a transaction here gets a guard first; the
 * marker takes the guard away, so what the coordinator said before it is not believed after it
 * (KIP-890). Guards live as long as the machine, all else is changed by events alone.
 */
final class PendingOffsets {

    /** Guards at once; beyond it the producers that asked first ask again. */
    private static final int MAX_GUARDS = 10_000;

    /** An offset of a group. */
    private record Key(String group, TopicPartition partition) {}

    /**
     * @param overtaken the group stored a newer offset since: this one comes to nothing
     */
    private record Pending(short epoch, Committed committed, boolean overtaken) {}

    /** The last marker of a producer. */
    private record Ended(short epoch, long timeMs) {}

    private final Offsets offsets;

    /** What is pending of each producer, in the order it came. */
    private final SortedMap<Long, LinkedHashMap<Key, Pending>> byProducer = new TreeMap<>();

    /** The producers with something pending for an offset, in the order they came. */
    private final Map<Key, List<Long>> producers = new HashMap<>();

    private final SortedMap<String, Integer> byGroup = new TreeMap<>();
    private final SortedMap<Long, Ended> ended = new TreeMap<>();
    private final LinkedHashMap<Long, Long> guards = new LinkedHashMap<>();
    private long nextGuard;

    PendingOffsets(Offsets offsets) {
        this.offsets = offsets;
    }

    boolean has(String group) {
        return byGroup.containsKey(group);
    }

    /** Whether an outcome is awaited that may change the offset. */
    boolean isUnstable(String group, TopicPartition partition) {
        for (long producer : producers.getOrDefault(new Key(group, partition), List.of())) {
            Pending one = of(producer).get(new Key(group, partition));
            if (one != null && !one.overtaken) {
                return true;
            }
        }
        return false;
    }

    private Map<Key, Pending> of(long producer) {
        Map<Key, Pending> pending = byProducer.get(producer);
        return pending == null ? Map.of() : pending;
    }

    /** The newest epoch known of a producer; -1 for none. */
    private short epochOf(long producer) {
        Ended last = ended.get(producer);
        short newest = last == null ? -1 : last.epoch;
        for (Pending one : of(producer).values()) {
            newest = (short) Math.max(newest, one.epoch);
        }
        return newest;
    }

    private boolean isOpen(long producer, short epoch) {
        return of(producer).values().stream().anyMatch(one -> one.epoch == epoch);
    }

    /** Answers what a producer must do before it stores offsets. */
    GroupReply.Guarded guard(GroupCommand.Guard asked) {
        if (asked.epoch() < epochOf(asked.producerId())) {
            return new GroupReply.Guarded(ErrorCode.INVALID_PRODUCER_EPOCH, false, 0L);
        }
        if (isOpen(asked.producerId(), asked.epoch())) {
            return new GroupReply.Guarded(ErrorCode.NONE, true, 0L);
        }
        Long guard = guards.get(asked.producerId());
        if (guard == null) {
            guard = nextGuard++;
            guards.put(asked.producerId(), guard);
            if (guards.size() > MAX_GUARDS) {
                guards.pollFirstEntry();
            }
        }
        return new GroupReply.Guarded(ErrorCode.NONE, false, guard);
    }

    /**
     * @param refusal why the caller may not commit, or NONE
     */
    PerPartition commit(
            GroupCommand.CommitInTransaction commit, ErrorCode refusal, long nowMs, Out out) {
        ErrorCode error = refusal == ErrorCode.NONE ? check(commit) : refusal;
        if (error != ErrorCode.NONE) {
            return new PerPartition(error, Collections.nCopies(commit.offsets().size(), error));
        }
        dropOlder(commit.producerId(), commit.epoch(), out);
        List<ErrorCode> errors = new ArrayList<>(commit.offsets().size());
        for (GroupCommand.Offset one : commit.offsets()) {
            ErrorCode each = offsets.check(one);
            if (each == ErrorCode.NONE) {
                out.store(
                        new GroupEvent.OffsetPending(
                                commit.group(),
                                one.partition(),
                                commit.producerId(),
                                commit.epoch(),
                                offsets.committed(one, nowMs),
                                false));
            }
            errors.add(each);
        }
        return new PerPartition(ErrorCode.NONE, errors);
    }

    private ErrorCode check(GroupCommand.CommitInTransaction commit) {
        if (commit.epoch() < epochOf(commit.producerId())) {
            return ErrorCode.INVALID_PRODUCER_EPOCH;
        }
        Long guard = guards.get(commit.producerId());
        boolean believed = guard != null && guard == commit.guard();
        // Its transaction ended while it asked, or the machine is another one: it asks again.
        return isOpen(commit.producerId(), commit.epoch()) || believed
                ? ErrorCode.NONE
                : ErrorCode.COORDINATOR_LOAD_IN_PROGRESS;
    }

    /** What an older epoch left behind: no marker will come for it that did not come. */
    private void dropOlder(long producer, short epoch, Out out) {
        of(producer)
                .forEach((key, one) -> {
                    if (one.epoch < epoch) {
                        out.store(removed(key, producer));
                    }
                });
    }

    private static GroupEvent.OffsetPendingRemoved removed(Key key, long producer) {
        return new GroupEvent.OffsetPendingRemoved(key.group, key.partition, producer);
    }

    /** The marker of a transaction. */
    ErrorCode end(GroupCommand.EndTransaction end, long nowMs, Out out) {
        boolean isLate = end.endsEpoch() && isOpen(end.producerId(), end.epoch());
        if (isLate || end.epoch() < epochOf(end.producerId())) {
            return ErrorCode.INVALID_PRODUCER_EPOCH;
        }
        guards.remove(end.producerId());
        of(end.producerId())
                .forEach((key, one) -> {
                    out.store(removed(key, end.producerId()));
                    if (end.commit() && !one.overtaken) {
                        out.store(new GroupEvent.Offset(key.group, key.partition, one.committed));
                        overtakeBefore(key, end.producerId(), out);
                    }
                });
        Ended before = ended.get(end.producerId());
        if (before == null || before.epoch < end.epoch()) {
            out.store(new GroupEvent.ProducerEnded(end.producerId(), end.epoch(), nowMs));
        }
        return ErrorCode.NONE;
    }

    /** Another producer's offset came before this one, and must not come after it. */
    private void overtakeBefore(Key key, long producer, Out out) {
        for (long other : producers.getOrDefault(key, List.of())) {
            if (other == producer) {
                return;
            }
            overtake(key, other, out);
        }
    }

    /** The group stores an offset outside of transactions: it is newer than what is pending. */
    void overtake(String group, TopicPartition partition, Out out) {
        Key key = new Key(group, partition);
        producers.getOrDefault(key, List.of()).forEach(one -> overtake(key, one, out));
    }

    private void overtake(Key key, long producer, Out out) {
        Pending one = of(producer).get(key);
        if (one != null && !one.overtaken) {
            out.store(
                    new GroupEvent.OffsetPending(
                            key.group, key.partition, producer, one.epoch, one.committed, true));
        }
    }

    /** All that is pending and matches goes: the group or the topic is gone. */
    void forget(Predicate<String> groups, Predicate<TopicPartition> partitions, Out out) {
        if (byProducer.isEmpty()) {
            return;
        }
        byProducer.forEach((producer, pending) ->
                pending.keySet().stream()
                        .filter(key -> groups.test(key.group) && partitions.test(key.partition))
                        .forEach(key -> out.store(removed(key, producer))));
    }

    /** Forgets the markers of producers that did nothing since that time. */
    void expire(long beforeMs, int limit, Out out) {
        for (Map.Entry<Long, Ended> entry : ended.entrySet()) {
            if (out.size() >= limit) {
                return;
            }
            if (entry.getValue().timeMs < beforeMs && !byProducer.containsKey(entry.getKey())) {
                out.store(new GroupEvent.ProducerForgotten(entry.getKey()));
            }
        }
    }

    void apply(GroupEvent.OfTransactions event) {
        switch (event) {
            case GroupEvent.OffsetPending one -> put(one);
            case GroupEvent.OffsetPendingRemoved one ->
                    remove(new Key(one.group(), one.partition()), one.producerId());
            case GroupEvent.ProducerEnded one ->
                    ended.put(one.producerId(), new Ended(one.epoch(), one.timeMs()));
            case GroupEvent.ProducerForgotten one -> ended.remove(one.producerId());
        }
    }

    private void put(GroupEvent.OffsetPending one) {
        Key key = new Key(one.group(), one.partition());
        @Nullable Pending before =
                byProducer
                        .computeIfAbsent(one.producerId(), id -> new LinkedHashMap<>())
                        .put(key, new Pending(one.epoch(), one.committed(), one.overtaken()));
        List<Long> all = producers.computeIfAbsent(key, any -> new ArrayList<>(1));
        if (before == null) {
            byGroup.merge(key.group, 1, Integer::sum);
        } else if (!one.overtaken()) {
            all.remove(one.producerId());
        }
        if (before == null || !one.overtaken()) {
            all.add(one.producerId());
        }
    }

    private void remove(Key key, long producer) {
        LinkedHashMap<Key, Pending> pending = byProducer.get(producer);
        if (pending == null || pending.remove(key) == null) {
            return;
        }
        if (pending.isEmpty()) {
            byProducer.remove(producer);
        }
        byGroup.computeIfPresent(key.group, (group, count) -> count == 1 ? null : count - 1);
        List<Long> all = producers.get(key);
        if (all != null && all.remove(producer) && all.isEmpty()) {
            producers.remove(key);
        }
    }

    /** Of a group, what may still change when its transaction ends. */
    Set<TopicPartition> unstable(String group, Iterable<TopicPartition> partitions) {
        if (!has(group)) {
            return Set.of();
        }
        Set<TopicPartition> unstable = new TreeSet<>();
        for (TopicPartition one : partitions) {
            if (isUnstable(group, one)) {
                unstable.add(one);
            }
        }
        return unstable;
    }
}
