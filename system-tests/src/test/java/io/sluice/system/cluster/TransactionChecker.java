package io.sluice.system.cluster;

import io.sluice.system.cluster.History.Outcome;
import io.sluice.system.cluster.History.Stored;
import io.sluice.system.cluster.TransactionHistory.Read;
import io.sluice.system.cluster.TransactionHistory.Transaction;
import io.sluice.system.cluster.TransactionHistory.Written;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Judges transactions (I-15, I-16b) by what readers of what is committed find in the end: all of a
 * transaction or nothing, nothing that was aborted, nothing before its commit was asked for.
 * Markers lie between the records, so offsets have gaps here.
 */
final class TransactionChecker {

    private final TransactionHistory history;
    private final Map<Integer, TreeMap<Long, Long>> committed = new TreeMap<>();
    private final Map<Long, Transaction> ofValue = new HashMap<>();
    private final List<String> violations = new ArrayList<>();

    private TransactionChecker(TransactionHistory history) {
        this.history = history;
    }

    /**
     * All that is wrong, empty if nothing is.
     *
     * @param finalReads each partition from its start, what is committed
     */
    static List<String> violations(
            TransactionHistory history, Map<Integer, List<Stored>> finalReads) {
        TransactionChecker checker = new TransactionChecker(history);
        checker.check(finalReads);
        return List.copyOf(checker.violations);
    }

    private void violation(String name, String what, @Nullable Object... values) {
        violations.add(name + ": " + what.formatted(values));
    }

    private void check(Map<Integer, List<Stored>> finalReads) {
        vacuous();
        for (Transaction transaction : history.transactions()) {
            transaction.written().forEach(one -> ofValue.put(one.value(), transaction));
        }
        finalReads.forEach((partition, stored) -> {
            TreeMap<Long, Long> byOffset = new TreeMap<>();
            stored.forEach(one -> byOffset.put(one.offset(), one.value()));
            committed.put(partition, byOffset);
            order(partition, stored);
        });
        Map<Long, Integer> partitions = duplicates();
        history.transactions().forEach(transaction -> allOrNothing(transaction, partitions));
        reads();
    }

    private void vacuous() {
        for (Outcome outcome : List.of(Outcome.OK, Outcome.FAIL)) {
            if (history.transactions().stream().noneMatch(one -> one.outcome() == outcome)) {
                violation("vacuous", "no transaction ended %s", outcome);
            }
        }
        if (history.reads().isEmpty()) {
            violation("vacuous", "nothing committed was read");
        }
    }

    /** Where each value lies; I-14. */
    private Map<Long, Integer> duplicates() {
        Map<Long, Integer> partitions = new HashMap<>();
        committed.forEach((partition, stored) ->
                stored.forEach((offset, value) -> {
                    if (partitions.put(value, partition) != null) {
                        violation(
                                "duplicate",
                                "%s, again at %d of %d",
                                name(value),
                                offset,
                                partition);
                    }
                }));
        return partitions;
    }

    private void allOrNothing(Transaction transaction, Map<Long, Integer> partitions) {
        List<Written> there =
                transaction.written().stream()
                        .filter(one -> partitions.containsKey(one.value()))
                        .toList();
        boolean all = there.size() == transaction.written().size();
        if (!there.isEmpty() && !all) {
            violation("torn", "of %s there is %s", describe(transaction), there);
        }
        if (transaction.outcome() == Outcome.OK && there.isEmpty()) {
            violation("lost transaction", "%s", describe(transaction));
        }
        if (transaction.outcome() == Outcome.FAIL && !there.isEmpty()) {
            violation("aborted and visible", "%s", describe(transaction));
        }
    }

    /** The values of one producer lie in the order in which it sent them. */
    private void order(int partition, List<Stored> stored) {
        Map<Long, Long> last = new HashMap<>();
        for (Stored one : stored) {
            Long before = last.put(one.value() >>> Workload.SEQUENCE_BITS, one.value());
            if (before != null && before >= one.value()) {
                violation(
                        "out of order",
                        "%s behind %s in partition %d",
                        name(one.value()),
                        name(before),
                        partition);
            }
        }
    }

    private void reads() {
        Map<List<Integer>, Long> last = new HashMap<>();
        for (Read read : history.reads()) {
            TreeMap<Long, Long> stored = committed.getOrDefault(read.partition(), new TreeMap<>());
            Long value = stored.get(read.offset());
            if (value == null || value != read.value()) {
                violation("read and not committed", "%s", read);
            }
            Transaction transaction = ofValue.get(read.value());
            if (transaction != null && read.nanos() < transaction.endNanos()) {
                violation("dirty read", "%s, before the commit of %s", read, describe(transaction));
            }
            Long before = last.put(List.of(read.consumer(), read.partition()), read.offset());
            if (before != null) {
                follows(read, before, stored);
            }
        }
    }

    private void follows(Read read, long before, TreeMap<Long, Long> stored) {
        if (read.offset() <= before) {
            violation("went back", "%s, behind %d", read, before);
            return;
        }
        Long due = stored.higherKey(before);
        if (due != null && due < read.offset()) {
            violation("skipped", "%s, %d was due", read, due);
        }
    }

    private static String describe(Transaction transaction) {
        return "%s of producer %d with %s"
                .formatted(transaction.outcome(), transaction.producer(), transaction.written());
    }

    private static String name(long value) {
        return HistoryChecker.name(value);
    }
}
