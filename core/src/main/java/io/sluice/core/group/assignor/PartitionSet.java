package io.sluice.core.group.assignor;

import io.sluice.core.model.Uuid;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.function.BiConsumer;

/**
 * Partitions of topics, told apart by identity: a topic that is deleted and made again is another
 * one. Immutable.
 */
public final class PartitionSet implements Share<PartitionSet> {

    /** More partitions than a topic may have: a bound against nonsense. */
    public static final int MAX_PARTITION = 1_000_000;

    public static final PartitionSet NONE = new PartitionSet(new TreeMap<>());

    /** No topic without a partition is in it. */
    private final SortedMap<Uuid, BitSet> byTopic;

    private PartitionSet(SortedMap<Uuid, BitSet> byTopic) {
        this.byTopic = byTopic;
    }

    /** Gets a partition of a topic. */
    @FunctionalInterface
    public interface Visitor {
        void visit(Uuid topic, int partition);
    }

    /** Asks something of a partition of a topic. */
    @FunctionalInterface
    public interface Test {
        boolean test(Uuid topic, int partition);
    }

    /** Gathers partitions; a double one counts once. */
    public static final class Builder {
        private final SortedMap<Uuid, BitSet> byTopic = new TreeMap<>();

        /**
         * @throws IllegalArgumentException for a number below 0 or above {@link #MAX_PARTITION}
         */
        public Builder add(Uuid topic, int partition) {
            if (partition < 0 || partition > MAX_PARTITION) {
                throw new IllegalArgumentException("partition " + partition);
            }
            byTopic.computeIfAbsent(topic, id -> new BitSet()).set(partition);
            return this;
        }

        public PartitionSet build() {
            return byTopic.isEmpty() ? NONE : new PartitionSet(new TreeMap<>(byTopic));
        }
    }

    @Override
    public boolean isEmpty() {
        return byTopic.isEmpty();
    }

    public int size() {
        return byTopic.values().stream().mapToInt(BitSet::cardinality).sum();
    }

    public boolean contains(Uuid topic, int partition) {
        BitSet bits = byTopic.get(topic);
        return bits != null && bits.get(partition);
    }

    public SortedSet<Uuid> topics() {
        return Collections.unmodifiableSortedSet((SortedSet<Uuid>) byTopic.keySet());
    }

    /** Those of it that a test lets through. */
    public PartitionSet filter(Test test) {
        Builder left = new Builder();
        forEach((topic, partition) -> {
            if (test.test(topic, partition)) {
                left.add(topic, partition);
            }
        });
        return left.build();
    }

    /** Of that topic, in order. */
    public List<Integer> partitions(Uuid topic) {
        List<Integer> all = new ArrayList<>();
        BitSet bits = byTopic.getOrDefault(topic, new BitSet());
        for (int at = bits.nextSetBit(0); at >= 0; at = bits.nextSetBit(at + 1)) {
            all.add(at);
        }
        return all;
    }

    /** In order of topics and partitions. */
    public void forEach(Visitor visitor) {
        byTopic.forEach((topic, bits) -> {
            for (int at = bits.nextSetBit(0); at >= 0; at = bits.nextSetBit(at + 1)) {
                visitor.visit(topic, at);
            }
        });
    }

    @Override
    public boolean intersects(PartitionSet other) {
        return byTopic.entrySet().stream()
                .anyMatch(one -> {
                    BitSet theirs = other.byTopic.get(one.getKey());
                    return theirs != null && one.getValue().intersects(theirs);
                });
    }

    @Override
    public boolean containsAll(PartitionSet other) {
        return other.minus(this).isEmpty();
    }

    @Override
    public PartitionSet plus(PartitionSet other) {
        if (other.isEmpty()) {
            return this;
        }
        Builder sum = new Builder();
        byTopic.forEach((topic, bits) -> sum.byTopic.put(topic, (BitSet) bits.clone()));
        other.byTopic.forEach(
                (topic, bits) -> sum.byTopic.computeIfAbsent(topic, id -> new BitSet()).or(bits));
        return sum.build();
    }

    @Override
    public PartitionSet minus(PartitionSet other) {
        return combine(other, BitSet::andNot, true);
    }

    @Override
    public PartitionSet and(PartitionSet other) {
        return combine(other, BitSet::and, false);
    }

    private PartitionSet combine(
            PartitionSet other, BiConsumer<BitSet, BitSet> change, boolean keepsOthers) {
        Builder left = new Builder();
        byTopic.forEach((topic, bits) -> {
            BitSet theirs = other.byTopic.get(topic);
            if (theirs == null && !keepsOthers) {
                return;
            }
            BitSet mine = (BitSet) bits.clone();
            if (theirs != null) {
                change.accept(mine, theirs);
            }
            if (!mine.isEmpty()) {
                left.byTopic.put(topic, mine);
            }
        });
        return left.build();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof PartitionSet set && byTopic.equals(set.byTopic);
    }

    @Override
    public int hashCode() {
        return byTopic.hashCode();
    }

    @Override
    public String toString() {
        return byTopic.toString();
    }
}
