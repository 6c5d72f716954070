package io.sluice.simulator.check;

import io.sluice.core.model.TopicPartition;
import io.sluice.simulator.check.Stored.Part;
import io.sluice.simulator.world.Violation;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What producers know of their transactions, and what readers of what is committed saw: all of a
 * transaction or nothing, over all partitions, and nothing that nobody wanted committed (I-15,
 * I-16).
 */
public final class TransactionBook {

    /** How a transaction is to end. */
    private enum Wish {
        /** Nobody has said; what it wrote is to go. */
        NONE,
        COMMIT,
        ABORT
    }

    /** One transaction, as its producer knows it. */
    public static final class Deal {
        private final long number;
        private final String producer;
        private final Set<Long> batches = new TreeSet<>();
        private final Set<Long> acknowledged = new TreeSet<>();
        private Wish wish = Wish.NONE;
        private boolean ended;

        private Deal(long number, String producer) {
            this.number = number;
            this.producer = producer;
        }

        /** It is to be committed, or aborted, from now on. */
        public void wish(boolean commit) {
            wish = commit ? Wish.COMMIT : Wish.ABORT;
        }

        /** It is as was wished: the coordinator said so. */
        public void ended() {
            ended = true;
        }

        public boolean isCommit() {
            return wish == Wish.COMMIT;
        }

        public void acknowledged(long batch) {
            acknowledged.add(batch);
        }

        @Override
        public String toString() {
            return "transaction %d of %s (%s%s)"
                    .formatted(number, producer, wish, ended ? ", ended" : "");
        }
    }

    private record Sent(Deal deal, TopicPartition partition) {}

    private final List<Deal> deals = new ArrayList<>();
    private final Map<Long, Sent> sent = new HashMap<>();
    private final Map<Long, Long> places = new HashMap<>();
    private final SortedMap<TopicPartition, SortedMap<Long, Stored>> shown = new TreeMap<>();

    /** What became of batches, by the markers behind them. */
    private final Map<Long, Part> outcomes = new HashMap<>();

    /** A producer begins a transaction. */
    public Deal begin(String producer) {
        Deal deal = new Deal(deals.size(), producer);
        deals.add(deal);
        return deal;
    }

    /** A batch that a producer will send. */
    public long newBatch(Deal deal, TopicPartition partition) {
        long id = 1L + sent.size();
        sent.put(id, new Sent(deal, partition));
        deal.batches.add(id);
        return id;
    }

    /** How many were committed, as their producers know. */
    public int committed() {
        return (int) deals.stream().filter(one -> one.ended && one.isCommit()).count();
    }

    /** How many were aborted, as their producers know. */
    public int aborted() {
        return (int) deals.stream().filter(one -> one.ended && !one.isCommit()).count();
    }

    /** How many were left without an end. */
    public int left() {
        return (int) deals.stream().filter(one -> !one.ended && !one.batches.isEmpty()).count();
    }

    /** A reader of what is committed has got a batch. */
    public void read(TopicPartition partition, Stored found, boolean hidden, String who) {
        if (found.part() != Part.RECORDS) {
            return;
        }
        Deal deal = deal(partition, found, who);
        placed(found);
        if (hidden) {
            if (deal.ended && deal.isCommit()) {
                throw broken("%s does not get %s of %s", who, found, deal);
            }
            return;
        }
        if (!deal.isCommit()) {
            throw broken("%s reads %s of %s", who, found, deal);
        }
        Stored before = of(partition).putIfAbsent(found.baseOffset(), found);
        if (before != null && !before.equals(found)) {
            throw new Violation(
                    "I-2", "%s reads %s, where %s was read before".formatted(who, found, before));
        }
    }

    private Deal deal(TopicPartition partition, Stored found, String who) {
        Sent known = sent.get(found.id());
        if (known == null || !known.partition.equals(partition)) {
            throw new Violation(
                    "I-2", "%s reads in %s what nobody sent: %s".formatted(who, partition, found));
        }
        return known.deal;
    }

    private void placed(Stored found) {
        Long before = places.putIfAbsent(found.id(), found.baseOffset());
        if (before != null && before != found.baseOffset()) {
            throw new Violation("I-14", "%s is at %d, too".formatted(found, before));
        }
    }

    private SortedMap<Long, Stored> of(TopicPartition partition) {
        return shown.computeIfAbsent(partition, one -> new TreeMap<>());
    }

    private static Violation broken(String what, Object... values) {
        return new Violation("I-15", what.formatted(values));
    }

    /**
     * All of a partition at the end, from its start: every transaction has its end there, and
     * readers saw what was committed and nothing else.
     */
    public void judge(TopicPartition partition, List<Stored> log) {
        SortedMap<Long, Stored> committed = new TreeMap<>();
        Map<Long, Part> ends = new HashMap<>();
        for (Stored one : log.reversed()) {
            if (one.isMarker()) {
                ends.put(one.producerId(), one.part());
            } else if (one.part() == Part.RECORDS) {
                deal(partition, one, "the judge");
                placed(one);
                Part end = ends.get(one.producerId());
                if (end == null) {
                    throw new Violation("I-17", "%s in %s has no end".formatted(one, partition));
                }
                if (outcomes.put(one.id(), end) != null) {
                    throw new Violation("I-14", "%s is there twice".formatted(one));
                }
                if (end == Part.COMMIT) {
                    committed.put(one.baseOffset(), one);
                }
            }
        }
        if (!of(partition).equals(committed)) {
            throw broken(
                    "of %s readers saw %s, and committed is %s",
                    partition, of(partition).values(), committed.values());
        }
    }

    /** All partitions were judged: transactions are whole. */
    public void conclude() {
        for (Deal deal : deals) {
            boolean commits =
                    deal.batches.stream().anyMatch(one -> outcomes.get(one) == Part.COMMIT);
            boolean aborts = deal.batches.stream().anyMatch(one -> outcomes.get(one) == Part.ABORT);
            if (commits && aborts) {
                throw broken("%s is torn: %s", deal, outcomes(deal));
            }
            boolean all = outcomes.keySet().containsAll(deal.acknowledged);
            boolean whole = all && !aborts;
            if (commits && (!deal.isCommit() || !whole)
                    || deal.ended && deal.isCommit() && !whole) {
                throw broken("%s became %s", deal, outcomes(deal));
            }
        }
    }

    private SortedMap<Long, String> outcomes(Deal deal) {
        SortedMap<Long, String> all = new TreeMap<>();
        deal.batches.forEach(one -> all.put(one, String.valueOf(outcomes.get(one))));
        return all;
    }
}
