package io.sluice.engine.replication;

import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.Uuid;
import io.sluice.core.partition.PartitionFollower.Question;
import io.sluice.engine.loop.Completion;
import io.sluice.engine.loop.EventLoop;
import io.sluice.engine.replication.AnswerClock.Stamp;
import io.sluice.engine.replication.ReplicaFetchRequest.PartitionFetch;
import io.sluice.engine.replication.ReplicaFetchResponse.PartitionRecords;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Fetches from one broker for those partitions of one event loop that follow it. Two requests are
 * under way at most:
 *
 * <ul>
 *   <li>the <b>main</b> one asks for all partitions, and waits at the leader for the first byte;
 *   <li>the <b>side</b> one never waits. It tells at once what has become durable while the main
 *       one is out, and brings partitions in that are new since it went.
 * </ul>
 *
 * <p>After a failure it pauses, twice as long each time up to a bound. Bytes under way are bounded
 * by {@link Settings#maxBytes} a request.
 */
final class ReplicaFetcher {

    private static final Logger LOG = LoggerFactory.getLogger(ReplicaFetcher.class);

    /** The first pause of a partition whose leader is not ready: mostly it is about to be. */
    private static final long MIN_REST_MS = 2L;

    /** The first pause after a failure. */
    private static final long MIN_PAUSE_MS = 20L;

    /** After how long a partition that came too late for the main request is asked for again. */
    private static final long MIN_ASIDE_MS = 5L;

    /** How long a leader may hold the last request before a stop. */
    private static final int LAST_WAIT_MS = 1;

    /**
     * @param maxWaitMs how long the leader may hold a request that finds nothing
     *     (replica.fetch.wait.max.ms)
     * @param maxBytes of one answer (replica.fetch.response.max.bytes)
     * @param maxPartitionBytes of one partition in it (replica.fetch.max.bytes)
     * @param backoffMs the longest pause after failures, and of one partition whose leader is not
     *     ready (replica.fetch.backoff.ms)
     */
    record Settings(int maxWaitMs, int maxBytes, int maxPartitionBytes, int backoffMs) {}

    private final int source;
    private final Replication.Identity self;
    private final EventLoop loop;
    private final Peers peers;
    private final Settings settings;
    private final FetchCounts counts;
    private final Map<Key, Entry> entries = new LinkedHashMap<>();
    private @Nullable Flight main;
    private @Nullable Flight side;
    private boolean pumpPosted;
    private boolean closed;
    private long pauseMs;
    private @Nullable Stamp heard;
    private boolean pausing;
    private long asideMs = MIN_ASIDE_MS;
    private boolean asideSet;

    /** Told when the last fetch before a stop is over; null before one is asked for. */
    private @Nullable Runnable ending;

    private record Key(Uuid topicId, int partition) {}

    /** One partition. */
    private static final class Entry {
        private final Follower follower;

        /** It asks nothing before; its timer ends it. */
        private boolean resting;

        /** How long it rests if it has to; 0 once it got on. */
        private long restMs;

        /** Its durable end moved and nobody told. */
        private boolean untold;

        /** As of its last answer it has all that is committed: it is not held back. */
        private boolean caughtUp;

        /** It got no records aside, so it waits for the main request. */
        private boolean nothingAside;

        Entry(Follower follower) {
            this.follower = follower;
        }
    }

    /** What one request asked. */
    private static final class Flight {
        private final Map<Key, Question> asked;

        /** How long the leader may hold it. */
        private final int maxWaitMs;

        /** It was asked to end its wait. */
        private boolean hurried;

        Flight(Map<Key, Question> asked, int maxWaitMs) {
            this.asked = asked;
            this.maxWaitMs = maxWaitMs;
        }
    }

    ReplicaFetcher(
            int source,
            Replication.Identity self,
            EventLoop loop,
            Peers peers,
            Settings settings,
            FetchCounts counts) {
        this.source = source;
        this.self = self;
        this.loop = loop;
        this.peers = peers;
        this.settings = settings;
        this.counts = counts;
    }

    private static Key key(Follower follower) {
        return new Key(follower.topicId(), follower.name().partition());
    }

    void add(Follower follower) {
        entries.put(key(follower), new Entry(follower));
        pumpLater();
    }

    void remove(Follower follower) {
        Key key = key(follower);
        Entry entry = entries.get(key);
        if (entry != null && entry.follower == follower) {
            entries.remove(key);
        }
    }

    boolean isEmpty() {
        return entries.isEmpty();
    }

    void close() {
        closed = true;
        entries.clear();
        ended();
    }

    /**
     * Fetches what there is, and how far it is committed, without a wait: the stop of this broker
     * is near, and what a replica knows then is what it can serve should all others be gone.
     *
     * @param done run once an answer brought nothing new, or none comes
     */
    void fetchLast(Runnable done) {
        ending = done;
        if (pausing || entries.isEmpty()) {
            ended();
        } else if (main != null) {
            hurry(main);
        } else {
            pumpLater();
        }
    }

    private void ended() {
        Runnable told = ending;
        ending = null;
        if (told != null) {
            told.run();
        }
    }

    /** There is a question. */
    void ready(Follower follower) {
        Entry entry = entries.get(key(follower));
        if (entry != null) {
            entry.nothingAside = false;
            entry.restMs = 0L;
            pumpLater();
        }
    }

    private long nextPauseMs(long before) {
        return Math.min(Math.max(MIN_PAUSE_MS, before * 2), settings.backoffMs);
    }

    /** The question is to be asked again, but not now. */
    void rest(Follower follower) {
        Entry entry = entries.get(key(follower));
        if (entry != null && !entry.resting) {
            entry.restMs = Math.min(Math.max(MIN_REST_MS, entry.restMs * 2), settings.backoffMs);
            restFor(entry, entry.restMs);
        }
    }

    /** The durable end has moved. */
    void tell(Follower follower) {
        Entry entry = entries.get(key(follower));
        if (entry != null) {
            entry.untold = true;
            pumpLater();
        }
    }

    /** At the end of the loop's turn, so that one request serves all that comes up in it. */
    private void pumpLater() {
        if (!pumpPosted) {
            pumpPosted = true;
            loop.post(() -> {
                pumpPosted = false;
                pump();
            });
        }
    }

    private void pump() {
        if (closed || pausing) {
            return;
        }
        if (main == null) {
            sendMain();
        } else if (side == null) {
            sendAside(main);
        }
    }

    private void sendMain() {
        Map<Key, Question> asked = new LinkedHashMap<>();
        List<PartitionFetch> fetches = new ArrayList<>();
        entries.forEach((key, entry) -> {
            Question question = questionNow(entry);
            if (question != null) {
                asked.put(key, question);
                fetches.add(fetch(entry, question, settings.maxPartitionBytes));
                entry.untold = false;
                entry.nothingAside = false;
            }
        });
        if (!asked.isEmpty()) {
            Flight flight = new Flight(asked, ending == null ? settings.maxWaitMs : LAST_WAIT_MS);
            main = flight;
            send(flight, settings.maxBytes, fetches);
        }
    }

    private void sendAside(Flight waiting) {
        Map<Key, Question> asked = new LinkedHashMap<>();
        List<PartitionFetch> fetches = new ArrayList<>();
        boolean reads = false;
        for (Map.Entry<Key, Entry> one : entries.entrySet()) {
            Entry entry = one.getValue();
            Question question = questionNow(entry);
            if (question == null) {
                continue;
            }
            boolean under = isAsked(waiting.asked.get(one.getKey()), question);
            if (entry.untold || (!under && !entry.nothingAside)) {
                asked.put(one.getKey(), question);
                fetches.add(fetch(entry, question, under ? 0 : settings.maxPartitionBytes));
                reads |= !under;
                entry.untold = false;
            }
        }
        if (!asked.isEmpty()) {
            Flight flight = new Flight(asked, 0);
            side = flight;
            send(flight, reads ? settings.maxBytes : 0, fetches);
        }
    }

    /** What is to be asked for it now; null if nothing is, or it has to wait. */
    private @Nullable Question questionNow(Entry entry) {
        Question question = entry.resting ? null : entry.follower.question();
        if (question == null || entry.caughtUp) {
            return question;
        }
        long heldBackNanos = entry.follower.heldBackNanos();
        if (heldBackNanos == 0) {
            return question;
        }
        restFor(entry, Math.ceilDiv(heldBackNanos, 1_000_000L));
        return null;
    }

    private void restFor(Entry entry, long delayMs) {
        entry.resting = true;
        loop.schedule(
                delayMs,
                () -> {
                    entry.resting = false;
                    pumpLater();
                });
    }

    /**
     * Whether an answer that is to come will do for a question: it is not older in what matters.
     */
    private static boolean isAsked(@Nullable Question under, Question now) {
        return under != null
                && under.leaderEpoch() == now.leaderEpoch()
                && under.fetchOffset() == now.fetchOffset();
    }

    private static PartitionFetch fetch(Entry entry, Question question, int maxBytes) {
        return new PartitionFetch(
                entry.follower.name(),
                entry.follower.topicId(),
                question.leaderEpoch(),
                question.fetchOffset(),
                question.lastEpoch(),
                question.durableEnd(),
                question.logStart(),
                maxBytes);
    }

    private void send(Flight flight, int maxBytes, List<PartitionFetch> fetches) {
        counts.sent();
        peers.fetch(
                source,
                new ReplicaFetchRequest(
                        self.brokerId(),
                        self.brokerEpoch().getAsLong(),
                        heard,
                        flight.maxWaitMs,
                        maxBytes,
                        fetches),
                loop,
                Completion.of(
                        response -> {
                            landed(flight);
                            answered(flight, response);
                        },
                        fault -> {
                            landed(flight);
                            LOG.debug("no answer from broker {}: {}", source, fault.getMessage());
                            pause();
                        }));
    }

    /** Of two requests under way the later answer may come first. */
    private void hear(@Nullable Stamp stamp) {
        Stamp before = heard;
        boolean older =
                stamp != null
                        && before != null
                        && stamp.run() == before.run()
                        && stamp.ms() < before.ms();
        if (stamp != null && !older) {
            heard = stamp;
        }
    }

    private void landed(Flight flight) {
        if (main == flight) {
            main = null;
        } else if (side == flight) {
            side = null;
        }
    }

    private void answered(Flight flight, ReplicaFetchResponse response) {
        try {
            if (closed) {
                return;
            }
            if (response.error() != ErrorCode.NONE) {
                LOG.debug("broker {} answers {}", source, response.error());
                pause();
                return;
            }
            pauseMs = 0L;
            hear(response.stamp());
            boolean fresh = false;
            for (PartitionRecords records : response.partitions()) {
                fresh |= records.records().hasRemaining();
                take(flight, records);
            }
            if (flight.maxWaitMs == LAST_WAIT_MS && !fresh) {
                ended();
            }
        } finally {
            response.buffers().release();
        }
        for (Map.Entry<Key, Question> one : flight.asked.entrySet()) {
            Entry entry = entries.get(one.getKey());
            if (entry != null && isAsked(one.getValue(), nowAsked(entry, one.getValue()))) {
                entry.nothingAside = true; // nothing new: what comes next comes by the main one
            }
        }
        pumpLater();
        askAsideLater();
    }

    /**
     * Who came too late for the main request does not wait for its end: it is hurried, so that the
     * next one has all; and should that be lost they are asked for again.
     */
    private void askAsideLater() {
        Flight waiting = main;
        if (waiting == null) {
            asideMs = MIN_ASIDE_MS;
            return;
        }
        boolean late = false;
        for (Map.Entry<Key, Entry> one : entries.entrySet()) {
            late |= one.getValue().nothingAside && !waiting.asked.containsKey(one.getKey());
        }
        if (late) {
            hurry(waiting);
        }
        if (late && !asideSet) {
            asideSet = true;
            loop.schedule(
                    asideMs,
                    () -> {
                        asideSet = false;
                        asideMs = Math.min(2 * asideMs, settings.maxWaitMs);
                        entries.values().forEach(entry -> entry.nothingAside = false);
                        pump();
                    });
        }
    }

    private void hurry(Flight waiting) {
        if (!waiting.hurried) {
            waiting.hurried = true;
            peers.hurry(source, loop);
        }
    }

    private static Question nowAsked(Entry entry, Question before) {
        Question now = entry.follower.question();
        return now == null ? before : now;
    }

    private void take(Flight flight, PartitionRecords records) {
        Key key = new Key(records.topicId(), records.partition());
        Entry entry = entries.get(key);
        Question asked = flight.asked.get(key);
        if (entry == null || asked == null) {
            return;
        }
        entry.follower.fetched(records.records().remaining(), entry.caughtUp);
        entry.follower.answered(asked, records);
        Question next = entry.follower.question();
        entry.caughtUp = next != null && next.fetchOffset() >= records.highWatermark();
        if (records.records().hasRemaining() && entries.remove(key, entry)) {
            entries.put(key, entry); // next time others come first
        }
    }

    /** A request failed: nothing is asked for a while, and what was not told is told then. */
    private void pause() {
        counts.failed();
        ended();
        if (pausing || closed) {
            return;
        }
        pausing = true;
        pauseMs = nextPauseMs(pauseMs);
        loop.schedule(
                pauseMs,
                () -> {
                    pausing = false;
                    pump();
                });
    }
}
