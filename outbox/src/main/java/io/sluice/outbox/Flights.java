package io.sluice.outbox;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;

/** Messages that were handed to the publisher and are not settled. */
final class Flights {

    private final Map<Long, Flight> bySeq = new LinkedHashMap<>();
    private long bytes;

    /**
     * @param sinceNanos when it was handed over
     */
    record Flight(Entry entry, CompletableFuture<Outcome> outcome, long sinceNanos) {}

    /** Adds a batch; the signal is given when all of it is settled. */
    void add(
            List<Entry> batch,
            List<CompletableFuture<Outcome>> outcomes,
            long nowNanos,
            Runnable signal) {
        if (outcomes.size() != batch.size()) {
            throw new IllegalStateException(
                    outcomes.size() + " outcomes for " + batch.size() + " messages");
        }
        AtomicInteger open = new AtomicInteger(batch.size());
        for (int i = 0; i < batch.size(); i++) {
            Entry entry = batch.get(i);
            CompletableFuture<Outcome> outcome = outcomes.get(i);
            if (bySeq.put(entry.seq(), new Flight(entry, outcome, nowNanos)) != null) {
                throw new IllegalStateException("row " + entry.seq() + " is in flight already");
            }
            bytes += entry.bytes();
            outcome.whenComplete((result, failure) -> {
                if (open.decrementAndGet() == 0) {
                    signal.run();
                }
            });
        }
    }

    /** Takes out what is settled, in the order of sending. */
    List<Flight> takeSettled() {
        List<Flight> settled = new ArrayList<>();
        for (Flight flight : bySeq.values()) {
            if (flight.outcome().isDone()) {
                settled.add(flight);
            }
        }
        for (Flight flight : settled) {
            bySeq.remove(flight.entry().seq());
            bytes -= flight.entry().bytes();
        }
        return settled;
    }

    /** What has waited for so long. */
    List<Flight> olderThan(long ageNanos, long nowNanos) {
        return bySeq.values().stream()
                .filter(flight -> nowNanos - flight.sinceNanos() >= ageNanos)
                .toList();
    }

    /** How long until nothing here is younger than that; zero or less when it is so now. */
    long untilAllOlderThan(long ageNanos, long nowNanos) {
        long youngest = Long.MIN_VALUE;
        for (Flight flight : bySeq.values()) {
            youngest = Math.max(youngest, flight.sinceNanos());
        }
        return bySeq.isEmpty() ? 0 : youngest + ageNanos - nowNanos;
    }

    int count() {
        return bySeq.size();
    }

    long bytes() {
        return bytes;
    }

    void clear() {
        bySeq.clear();
        bytes = 0;
    }
}
