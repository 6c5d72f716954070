package io.sluice.simulator.check;

import io.sluice.core.model.TopicPartition;
import io.sluice.simulator.world.Violation;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What members of one group know: whose a partition is, and what was committed of it. In one epoch
 * a partition has one owner, and who was passed over commits nothing (I-19); what was committed
 * stays (I-20).
 */
public final class GroupBook {

    private record Term(TopicPartition partition, int epoch) {}

    private record Owner(String member, int epoch) {}

    private final Map<Term, String> owners = new HashMap<>();

    /** Who was told last in the newest epoch: an answer of an earlier one may come later. */
    private final SortedMap<TopicPartition, Owner> newest = new TreeMap<>();

    private final SortedMap<TopicPartition, Long> committed = new TreeMap<>();

    /** Sent so often, and nobody knows what became of it; by the offset. */
    private final SortedMap<TopicPartition, Map<Long, Integer>> unknown = new TreeMap<>();

    private long commits;
    private long passedOn;

    /** One commit that is sent. */
    public final class Commit {
        private final String member;
        private final Term term;
        private final long offset;

        /** Somebody else was told that the partition is his, before this was sent. */
        private final boolean late;

        private Commit(String member, Term term, long offset, boolean late) {
            this.member = member;
            this.term = term;
            this.offset = offset;
            this.late = late;
        }

        /** It was accepted. */
        public void accepted() {
            known();
            if (late) {
                throw new Violation(
                        "I-19",
                        "%s commits %d of %s in epoch %d, and %s has it"
                                .formatted(
                                        member,
                                        offset,
                                        term.partition,
                                        term.epoch,
                                        newest.get(term.partition)));
            }
            owns(member, term);
            committed.put(term.partition, offset);
            commits++;
        }

        /** It was refused. */
        public void refused() {
            known();
        }

        /** An earlier one of the same offset may still be on its way. */
        private void known() {
            unknown(term.partition).computeIfPresent(offset, (one, n) -> n == 1 ? null : n - 1);
        }
    }

    private Map<Long, Integer> unknown(TopicPartition partition) {
        return unknown.computeIfAbsent(partition, one -> new HashMap<>());
    }

    /** A member was told that a partition is its own. */
    public void holds(String member, TopicPartition partition, int epoch) {
        owns(member, new Term(partition, epoch));
        Owner before = newest.get(partition);
        if (before != null && before.epoch > epoch) {
            return;
        }
        newest.put(partition, new Owner(member, epoch));
        if (before != null && !before.member.equals(member)) {
            passedOn++;
        }
    }

    private void owns(String member, Term term) {
        String before = owners.putIfAbsent(term, member);
        if (before != null && !before.equals(member)) {
            throw new Violation(
                    "I-19",
                    "%s and %s have %s in epoch %d"
                            .formatted(before, member, term.partition, term.epoch));
        }
    }

    /** A member is about to commit an offset. */
    public Commit commits(String member, TopicPartition partition, int epoch, long offset) {
        unknown(partition).merge(offset, 1, Integer::sum);
        Owner owner = newest.get(partition);
        boolean late = owner == null || !member.equals(owner.member);
        return new Commit(member, new Term(partition, epoch), offset, late);
    }

    /** What is known to be committed now; 0 for nothing. */
    public long committed(TopicPartition partition) {
        return committed.getOrDefault(partition, 0L);
    }

    /**
     * A member was told what is committed.
     *
     * @param least what was known to be committed when it asked
     */
    public void read(String member, TopicPartition partition, long offset, long least) {
        if (offset < least && !unknown(partition).containsKey(offset)) {
            throw new Violation(
                    "I-20",
                    "%s is told %d of %s, and %d was committed"
                            .formatted(member, offset, partition, least));
        }
    }

    /** How many were accepted. */
    public long commits() {
        return commits;
    }

    /** How often a partition went from one member to another. */
    public long passedOn() {
        return passedOn;
    }
}
