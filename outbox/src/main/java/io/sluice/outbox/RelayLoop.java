package io.sluice.outbox;

import java.sql.SQLException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * What a relay does, step by step, without a thread or a clock of its own.
 *
 * <pre>
 *   standby ── lease free, or silent for its time ──▶ active: ┌─▶ 1 look for rows
 *      ▲                                                      │   2 one transaction: prove the token,
 *      └──────── another relay has a newer token ─────────────┤     delete what was stored, park what
 *                                                             │     was refused, read the next batch
 *                                                             │   3 hand the batch to the publisher
 *                                                             └── 4 wait for the outcomes
 * </pre>
 *
 * <p><b>Nothing is lost.</b> A row is deleted only in a transaction that follows its {@link
 * Outcome.Stored}. Nothing remembers a position: every read starts at the oldest row that is there,
 * so a transaction that commits late, with smaller numbers than others, is found by the next read.
 *
 * <p><b>Order.</b> Rows of a topic and key are handed over in the order of their numbers, and the
 * publisher stores them so. Killed and followed by another, a relay leaves a beginning of that
 * order at the broker, and its successor sends from the first row that was not deleted: the first
 * appearances of the messages are in order whatever was cut, even while a relay that was paused
 * still sends what it had read.
 *
 * <p><b>Duplicates.</b> Between an outcome and the deletion (2 of the next turn) a kill makes the
 * successor send again what was in flight, with the same id. A publisher that remembers batches
 * closes that gap.
 *
 * <p>Used by one thread.
 */
final class RelayLoop {

    /** A lease is renewed after this part of it. */
    private static final int RENEWALS_PER_LEASE = 3;

    private final OutboxStore store;
    private final Publisher.Factory publishers;
    private final RelayOptions options;
    private final Reports reports;
    private final String outbox;
    private final String owner;
    private final LongSupplier nanos;
    private final Runnable signal;
    private final Backoff databaseBackoff;
    private final Backoff publisherBackoff;
    private final RandomGenerator random;

    private final Flights flights = new Flights();
    private final Settled settled = new Settled();
    private TopicHolds holds;

    private @Nullable Lease seen;
    private long seenSinceNanos;

    private boolean active;
    private long token;
    private long beatNanos;
    private long batch;
    private List<Long> claimed = List.of();
    private @Nullable Publisher publisher;
    private long openAtNanos;
    private long lookAtNanos;
    private boolean idle;

    /**
     * @param owner unlike that of any other relay
     * @param nanos time since some start, never negative
     * @param signal called by any thread when a step is worth while
     */
    RelayLoop(
            OutboxStore store,
            Publisher.Factory publishers,
            RelayOptions options,
            Reports reports,
            String outbox,
            String owner,
            LongSupplier nanos,
            RandomGenerator random,
            Runnable signal) {
        this.store = store;
        this.publishers = publishers;
        this.options = options;
        this.reports = reports;
        this.outbox = outbox;
        this.owner = owner;
        this.nanos = nanos;
        this.random = random;
        this.signal = signal;
        this.databaseBackoff = new Backoff(options.leastBackoff(), options.mostBackoff(), random);
        this.publisherBackoff = new Backoff(options.leastBackoff(), options.mostBackoff(), random);
        this.holds = new TopicHolds(options, random);
    }

    boolean isActive() {
        return active;
    }

    int inFlight() {
        return flights.count();
    }

    /** There may be new rows: looks at once. */
    void wake() {
        lookAtNanos = 0;
        idle = false;
    }

    /** Does what is to do now; returns in how many nanoseconds to come again, 0 for at once. */
    long step() {
        try {
            long wait = active ? lead() : standBy();
            databaseBackoff.reset();
            return wait;
        } catch (SQLException | RuntimeException e) {
            long wait = databaseBackoff.nextNanos();
            reports.failed(e, wait);
            return wait;
        }
    }

    // Standing by

    private long standBy() throws SQLException {
        Lease lease = store.readLease();
        long now = nanos.getAsLong();
        Lease before = seen;
        if (before == null || !before.sameBeat(lease)) {
            seen = lease;
            seenSinceNanos = now;
        }
        boolean silent = now - seenSinceNanos >= options.lease().toNanos();
        if (lease.owner() == null || lease.owner().equals(owner) || silent) {
            seen = null;
            if (store.take(lease, owner)) {
                begin(lease);
                return 0;
            }
        }
        long slice = options.lease().toNanos() / RENEWALS_PER_LEASE;
        return slice / 2 + random.nextLong(slice / 2 + 1);
    }

    private void begin(Lease taken) {
        active = true;
        token = taken.token() + 1;
        batch = taken.batch();
        claimed = BatchSeqs.decode(taken.batchSeqs());
        beatNanos = nanos.getAsLong();
        holds = new TopicHolds(options, random);
        idle = false;
        lookAtNanos = 0;
        openAtNanos = 0;
        reports.active();
    }

    // Leading

    private long lead() throws SQLException {
        long now = nanos.getAsLong();
        Publisher open = publisher;
        if (open == null) {
            if (now < openAtNanos) {
                return keepLease(openAtNanos - now, now);
            }
            // Opening may fence the publisher of another relay: only whoever leads may do that.
            commit(OutboxStore.Want.NOTHING, now);
            if (!active) {
                return 0;
            }
            open = open(now);
            if (open == null) {
                return active ? keepLease(Math.max(0, openAtNanos - now), now) : 0;
            }
        }
        if (!settle(now)) {
            return 0;
        }
        long waitForBatch = flights.untilAllOlderThan(options.stallAfter().toNanos(), now);
        if (waitForBatch > 0) {
            return keepLease(waitForBatch, now);
        }
        if (anyTopicGone(open, now)) {
            abandon(now);
            return 0;
        }
        OutboxStore.Want want = want(now);
        if (settled.isEmpty() && !beatIsDue(now)) {
            if (now < lookAtNanos) {
                return untilNextLook(now);
            }
            if (want.messages() == 0 || (idle && !store.hasWork(want))) {
                return lookLater(now);
            }
        }
        return turn(open, want, now);
    }

    private @Nullable Publisher open(long now) throws SQLException {
        try {
            Publisher opened = publishers.open(outbox);
            publisher = opened;
            if (opened.remembersBatches() && !catchUp(opened)) {
                loseLease();
                return null;
            }
            return opened;
        } catch (SQLException e) {
            // What the broker remembers is asked again, with the next publisher.
            abandon(now);
            throw e;
        } catch (RuntimeException e) {
            abandon(now);
            reports.failed(e, openAtNanos - now);
            return null;
        }
    }

    /** Deletes the rows that the last relay, or this one, sent without living to see it. */
    private boolean catchUp(Publisher opened) throws SQLException {
        long last = opened.lastBatch();
        if (last == batch && !claimed.isEmpty()) {
            if (!store.forget(token, claimed)) {
                return false;
            }
            reports.published(claimed.size());
        }
        claimed = List.of();
        batch = Math.max(batch, last);
        return true;
    }

    /** Waits no longer than the lease allows, and renews it when it is due. */
    private long keepLease(long wait, long now) throws SQLException {
        if (!beatIsDue(now)) {
            return Math.min(wait, untilBeat(now));
        }
        commit(OutboxStore.Want.NOTHING, now);
        return 0;
    }

    private boolean beatIsDue(long now) {
        return untilBeat(now) <= 0;
    }

    private long untilBeat(long now) {
        return beatNanos + options.lease().toNanos() / RENEWALS_PER_LEASE - now;
    }

    private long lookLater(long now) {
        lookAtNanos = now + Math.min(options.pollInterval().toNanos(), holds.nextNanos(now));
        return untilNextLook(now);
    }

    private long untilNextLook(long now) {
        return Math.max(0, Math.min(lookAtNanos - now, untilBeat(now)));
    }

    /** What there is room for. */
    private OutboxStore.Want want(long now) {
        Set<String> but = new HashSet<>(holds.held(now));
        for (Flights.Flight stalled : flights.olderThan(options.stallAfter().toNanos(), now)) {
            but.add(stalled.entry().message().topic());
        }
        int messages = Math.min(options.batchMessages(), options.maxInFlight() - flights.count());
        long bytes = Math.min(options.batchBytes(), options.maxInFlightBytes() - flights.bytes());
        if (bytes <= 0 || but.size() > TopicHolds.MOST_TOPICS) {
            messages = 0;
        }
        return new OutboxStore.Want(messages, bytes, but);
    }

    private long turn(Publisher open, OutboxStore.Want want, long now) throws SQLException {
        List<Entry> entries = commit(want, now);
        if (!active) {
            return 0;
        }
        idle = entries.isEmpty();
        if (idle) {
            return lookLater(now);
        }
        long sendNow = nanos.getAsLong();
        if (sendNow - now >= options.lease().toNanos()) {
            // It took so long that another relay may send by now: the next turn will tell.
            return 0;
        }
        send(open, entries, sendNow);
        return 0;
    }

    /** The transaction of a turn. */
    private List<Entry> commit(OutboxStore.Want want, long now) throws SQLException {
        Publisher open = publisher;
        boolean claims = open != null && open.remembersBatches();
        Optional<OutboxStore.Turn> turn =
                store.turn(token, settled, want, new OutboxStore.Claim(claims, batch + 1));
        if (turn.isEmpty()) {
            loseLease();
            return List.of();
        }
        beatNanos = now;
        reports.published(settled.stored().size());
        reports.parked(settled.parked());
        reports.parked(turn.get().unreadable());
        settled.clear();
        List<Entry> entries = turn.get().batch();
        if (!entries.isEmpty()) {
            batch++;
            claimed = claims ? entries.stream().map(Entry::seq).toList() : List.of();
        }
        return entries;
    }

    private void send(Publisher open, List<Entry> entries, long now) {
        List<CompletableFuture<Outcome>> outcomes;
        try {
            outcomes = open.publish(batch, entries.stream().map(Entry::message).toList());
        } catch (RuntimeException e) {
            abandon(now);
            reports.failed(e, openAtNanos - now);
            return;
        }
        flights.add(entries, outcomes, now, signal);
    }

    // What came of it

    /** Takes in the outcomes that are there; false when the publisher turned out to be broken. */
    private boolean settle(long now) {
        Set<String> told = new HashSet<>();
        Throwable broken = null;
        for (Flights.Flight flight : flights.takeSettled()) {
            Entry entry = flight.entry();
            String topic = entry.message().topic();
            try {
                switch (flight.outcome().join()) {
                    case Outcome.Stored() -> {
                        settled.stored(entry.seq());
                        holds.works(topic);
                        publisherBackoff.reset();
                    }
                    case Outcome.Refused(String reason) -> settled.parked(entry, reason);
                    case Outcome.Unavailable unavailable ->
                            unavailable(flight, unavailable, told, now);
                    case Outcome.Unsent() -> lookAtNanos = 0;
                }
            } catch (CompletionException e) {
                broken = e.getCause() == null ? e : e.getCause();
            }
        }
        if (broken == null) {
            return true;
        }
        abandon(now);
        reports.failed(broken, openAtNanos - now);
        return false;
    }

    private void unavailable(
            Flights.Flight flight, Outcome.Unavailable outcome, Set<String> told, long now) {
        String topic = flight.entry().message().topic();
        switch (holds.failed(topic, outcome.topicAtFault(), flight.sinceNanos(), now)) {
            case TopicHolds.Verdict.Park() -> settled.parked(flight.entry(), outcome.reason());
            case TopicHolds.Verdict.Wait(long wait) -> {
                // The first wait is short, and often only that of a topic being looked up.
                if (wait > options.leastBackoff().toNanos() && told.add(topic)) {
                    reports.held(topic, outcome.reason(), wait);
                }
            }
        }
    }

    /** A topic that was deleted under messages in flight leaves them there for ever. */
    private boolean anyTopicGone(Publisher open, long now) {
        boolean gone = false;
        for (Flights.Flight flight : flights.olderThan(options.parkAfter().toNanos(), now)) {
            String topic = flight.entry().message().topic();
            if (open.faultOf(topic).isPresent()) {
                holds.failed(topic, true, flight.sinceNanos(), now);
                gone = true;
            }
        }
        return gone;
    }

    /** Drops the publisher and what is in flight: those rows are still in the table. */
    private void abandon(long now) {
        flights.clear();
        openAtNanos = now + publisherBackoff.nextNanos();
        closePublisher(Duration.ZERO);
        lookAtNanos = 0;
    }

    private void loseLease() {
        flights.clear();
        settled.clear();
        active = false;
        seen = null;
        closePublisher(Duration.ZERO);
        reports.standby();
    }

    private void closePublisher(Duration patience) {
        Publisher open = publisher;
        publisher = null;
        if (open != null) {
            try {
                open.close(patience);
            } catch (RuntimeException e) {
                reports.failed(e, 0);
            }
        }
    }

    // The end

    /** Takes in outcomes without sending more; false when nothing is in flight any more. */
    boolean drain() {
        return active && publisher != null && settle(nanos.getAsLong()) && flights.count() > 0;
    }

    /** Writes what is settled, gives up the lease, closes the publisher. */
    void finish() {
        try {
            if (active) {
                commit(OutboxStore.Want.NOTHING, nanos.getAsLong());
            }
            closePublisher(Duration.ZERO);
            if (active) {
                store.release(token);
            }
        } catch (SQLException | RuntimeException e) {
            reports.failed(e, 0);
        } finally {
            closePublisher(Duration.ZERO);
            if (active) {
                active = false;
                reports.standby();
            }
            store.close();
        }
    }
}
