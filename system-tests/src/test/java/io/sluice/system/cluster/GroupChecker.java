package io.sluice.system.cluster;

import io.sluice.system.cluster.GroupHistory.Committed;
import io.sluice.system.cluster.GroupHistory.Delivered;
import io.sluice.system.cluster.GroupHistory.Found;
import io.sluice.system.cluster.GroupHistory.Owned;
import io.sluice.system.cluster.History.Outcome;
import io.sluice.system.cluster.History.Stored;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Judges a group (I-19, I-20): in one generation a partition has one owner, what was committed is
 * never found earlier again, and nothing below it was passed over.
 */
final class GroupChecker {

    private final GroupHistory history;
    private final List<String> violations = new ArrayList<>();

    private GroupChecker(GroupHistory history) {
        this.history = history;
    }

    /**
     * All that is wrong, empty if nothing is.
     *
     * @param finalReads each partition of the topic from its start
     */
    static List<String> violations(GroupHistory history, Map<Integer, List<Stored>> finalReads) {
        GroupChecker checker = new GroupChecker(history);
        checker.vacuous();
        checker.owners();
        checker.commits();
        checker.unseen(finalReads);
        return List.copyOf(checker.violations);
    }

    private void violation(String name, String what, Object... values) {
        violations.add(name + ": " + what.formatted(values));
    }

    private void vacuous() {
        if (history.owned().isEmpty()) {
            violation("vacuous", "no member owned anything");
        }
        if (history.committed().stream().noneMatch(one -> one.outcome() == Outcome.OK)) {
            violation("vacuous", "nothing was committed");
        }
        if (history.delivered().isEmpty()) {
            violation("vacuous", "nothing was delivered");
        }
    }

    private void owners() {
        Map<List<Integer>, Integer> owners = new HashMap<>();
        for (Owned one : history.owned()) {
            Integer other = owners.put(List.of(one.generation(), one.partition()), one.member());
            if (other != null && other != one.member()) {
                violation(
                        "two owners",
                        "of partition %d in generation %d: members %d and %d",
                        one.partition(),
                        one.generation(),
                        other,
                        one.member());
            }
        }
    }

    private void commits() {
        Map<Integer, List<Committed>> committed = new TreeMap<>();
        for (Committed one : history.committed()) {
            committed.computeIfAbsent(one.partition(), p -> new ArrayList<>()).add(one);
        }
        Map<Integer, List<Found>> found = new TreeMap<>();
        for (Found one : history.found()) {
            found.computeIfAbsent(one.partition(), p -> new ArrayList<>()).add(one);
        }
        found.forEach(
                (partition, all) -> commits(committed.getOrDefault(partition, List.of()), all));
    }

    /**
     * What is found is at least what was acknowledged before it was asked for; unless a commit of
     * which nobody knows whether it happened came late.
     */
    private void commits(List<Committed> committed, List<Found> found) {
        Set<Long> unknown = new HashSet<>();
        committed.stream()
                .filter(one -> one.outcome() == Outcome.INFO)
                .forEach(one -> unknown.add(one.offset()));
        List<Committed> byEnd =
                committed.stream()
                        .filter(one -> one.outcome() == Outcome.OK)
                        .sorted(Comparator.comparingLong(Committed::endNanos))
                        .toList();
        List<Found> byStart =
                found.stream().sorted(Comparator.comparingLong(Found::startNanos)).toList();
        Committed highest = null;
        int ended = 0;
        for (Found one : byStart) {
            while (ended < byEnd.size() && byEnd.get(ended).endNanos() < one.startNanos()) {
                Committed next = byEnd.get(ended++);
                highest = highest == null || next.offset() > highest.offset() ? next : highest;
            }
            if (highest != null
                    && one.offset() < highest.offset()
                    && !unknown.contains(one.offset())) {
                violation("committed offset went back", "%s after %s", one, highest);
            }
        }
    }

    private void unseen(Map<Integer, List<Stored>> finalReads) {
        Map<Integer, Set<Long>> delivered = new HashMap<>();
        for (Delivered one : history.delivered()) {
            delivered.computeIfAbsent(one.partition(), p -> new HashSet<>()).add(one.offset());
        }
        Map<Integer, Long> reached = new HashMap<>();
        for (Committed one : history.committed()) {
            if (one.outcome() == Outcome.OK) {
                reached.merge(one.partition(), one.offset(), Math::max);
            }
        }
        finalReads.forEach((partition, stored) -> {
            Set<Long> seen = delivered.getOrDefault(partition, Set.of());
            long end = reached.getOrDefault(partition, 0L);
            for (Stored one : stored) {
                if (one.offset() < end && !seen.contains(one.offset())) {
                    violation("unseen", "%d of partition %d", one.offset(), partition);
                }
            }
        });
    }
}
