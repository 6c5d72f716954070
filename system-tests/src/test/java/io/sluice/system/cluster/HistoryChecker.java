package io.sluice.system.cluster;

import io.sluice.system.cluster.History.Outcome;
import io.sluice.system.cluster.History.Read;
import io.sluice.system.cluster.History.Send;
import io.sluice.system.cluster.History.Stored;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Judges a history by what lies in the partitions in the end. Each rule names its violation; a
 * history in which nothing was acknowledged, or nothing went wrong, proves nothing and is one, too.
 *
 * <p>Holds for idempotent producers that write to topics without compaction, retention or
 * transactions.
 */
final class HistoryChecker {

    private final History history;
    private final Map<Integer, List<Stored>> finalReads;
    private final List<String> violations = new ArrayList<>();

    /**
     * @param finalReads each partition from its start, read once all faults were over
     */
    private HistoryChecker(History history, Map<Integer, List<Stored>> finalReads) {
        this.history = history;
        this.finalReads = new TreeMap<>(finalReads);
    }

    /** All that is wrong, empty if nothing is. */
    static List<String> violations(History history, Map<Integer, List<Stored>> finalReads) {
        HistoryChecker checker = new HistoryChecker(history, finalReads);
        checker.check();
        return List.copyOf(checker.violations);
    }

    private void check() {
        vacuous();
        finalReads.forEach(this::dense);
        finalReads.forEach(this::duplicates);
        sends();
        reads();
        order();
    }

    private void violation(String name, String what, @Nullable Object... values) {
        violations.add(name + ": " + what.formatted(values));
    }

    private void vacuous() {
        if (history.sends().stream().noneMatch(send -> send.outcome() == Outcome.OK)) {
            violation("vacuous", "nothing was acknowledged");
        }
        if (history.reads().isEmpty()) {
            violation("vacuous", "nothing was read");
        }
        if (history.faults().isEmpty()) {
            violation("vacuous", "no fault took effect");
        }
    }

    /** I-1: offsets are dense from 0. */
    private void dense(int partition, List<Stored> stored) {
        long next = 0;
        for (Stored one : stored) {
            if (one.offset() != next) {
                violation(
                        "hole",
                        "partition %d has %d where %d is due",
                        partition,
                        one.offset(),
                        next);
            }
            next = one.offset() + 1;
        }
    }

    /** I-14: a value is stored once. */
    private void duplicates(int partition, List<Stored> stored) {
        Map<Long, Long> offsets = new HashMap<>();
        for (Stored one : stored) {
            Long before = offsets.put(one.value(), one.offset());
            if (before != null) {
                violation(
                        "duplicate",
                        "%s lies at %d and %d of partition %d",
                        name(one.value()),
                        before,
                        one.offset(),
                        partition);
            }
        }
    }

    /** I-8: what was acknowledged is there, where it was said to be; what was refused is not. */
    private void sends() {
        Map<Long, Place> places = places();
        for (Send send : history.sends()) {
            Place place = places.get(send.value());
            switch (send.outcome()) {
                case OK -> acknowledged(send, place);
                case FAIL -> {
                    if (place != null) {
                        violation("refused and stored", "%s at %s", name(send.value()), place);
                    }
                }
                case INFO -> {}
            }
        }
    }

    private void acknowledged(Send send, @Nullable Place place) {
        if (place == null) {
            violation(
                    "lost",
                    "%s was acknowledged at %d of partition %d",
                    name(send.value()),
                    send.offset(),
                    send.partition());
        } else if (place.partition != send.partition()
                || (send.offset() >= 0 && place.offset != send.offset())) {
            violation(
                    "inconsistent offset",
                    "%s was acknowledged at %d of partition %d and lies at %s",
                    name(send.value()),
                    send.offset(),
                    send.partition(),
                    place);
        }
    }

    private record Place(int partition, long offset) {
        @Override
        public String toString() {
            return "%d of partition %d".formatted(offset, partition);
        }
    }

    private Map<Long, Place> places() {
        Map<Long, Place> places = new HashMap<>();
        finalReads.forEach((partition, stored) ->
                stored.forEach(one -> places.put(one.value(), new Place(partition, one.offset()))));
        return places;
    }

    /** I-2, I-9: what was read stays, and each consumer reads all, once, in order. */
    private void reads() {
        Map<Integer, Map<Long, Long>> values = new HashMap<>();
        finalReads.forEach((partition, stored) -> {
            Map<Long, Long> byOffset = new HashMap<>();
            stored.forEach(one -> byOffset.put(one.offset(), one.value()));
            values.put(partition, byOffset);
        });
        Map<List<Integer>, Long> next = new HashMap<>();
        for (Read read : history.reads()) {
            Long stored = values.getOrDefault(read.partition(), Map.of()).get(read.offset());
            if (stored == null) {
                violation("read and lost", "%s", describe(read));
            } else if (stored != read.value()) {
                violation(
                        "inconsistent offset", "%s, which holds %s", describe(read), name(stored));
            }
            Long due = next.put(List.of(read.consumer(), read.partition()), read.offset() + 1);
            if (due != null && read.offset() < due) {
                violation("went back", "%s, %d was due", describe(read), due);
            } else if (due != null && read.offset() > due) {
                violation("skipped", "%s, %d was due", describe(read), due);
            }
        }
    }

    private static String describe(Read read) {
        return "consumer %d read %s at %d of partition %d"
                .formatted(read.consumer(), name(read.value()), read.offset(), read.partition());
    }

    /** A send that ended before another began lies before it. */
    private void order() {
        Map<Integer, List<Send>> byPartition = new TreeMap<>();
        for (Send send : history.sends()) {
            if (send.outcome() == Outcome.OK && send.offset() >= 0) {
                byPartition.computeIfAbsent(send.partition(), p -> new ArrayList<>()).add(send);
            }
        }
        byPartition.values().forEach(this::order);
    }

    private void order(Collection<Send> sends) {
        List<Send> byEnd = new ArrayList<>(sends);
        byEnd.sort(Comparator.comparingLong(Send::endNanos));
        List<Send> byStart = new ArrayList<>(sends);
        byStart.sort(Comparator.comparingLong(Send::startNanos));
        Send highest = null;
        int ended = 0;
        for (Send later : byStart) {
            while (ended < byEnd.size() && byEnd.get(ended).endNanos() < later.startNanos()) {
                Send done = byEnd.get(ended++);
                highest = highest == null || done.offset() > highest.offset() ? done : highest;
            }
            if (highest != null && highest.offset() > later.offset()) {
                violation(
                        "out of order",
                        "%s at %d began after %s at %d had ended",
                        name(later.value()),
                        later.offset(),
                        name(highest.value()),
                        highest.offset());
            }
        }
    }

    /** The producer and its count. */
    static String name(long value) {
        return "%d-%d".formatted(value >>> Workload.SEQUENCE_BITS, value & Workload.SEQUENCE_MASK);
    }
}
