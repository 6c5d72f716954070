package io.sluice.kafka;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/**
 * What clients fetch again and again (KIP-227): a client names its partitions once, and then only
 * what changed. A bounded number is remembered; one idle for {@value #EVICTABLE_MS} ms makes room,
 * and when none is, a new client is served without a session. Any thread may call.
 */
final class FetchSessions {

    static final int NO_SESSION = 0;
    static final int INITIAL_EPOCH = 0;
    static final int FINAL_EPOCH = -1;

    private static final long EVICTABLE_MS = 120_000;

    private final int slots;
    private final LinkedHashMap<Integer, FetchSession> byId = new LinkedHashMap<>(16, 0.75f, true);

    FetchSessions(int slots) {
        this.slots = slots;
    }

    /** A partition as the client names it. */
    record Key(String topic, Uuid topicId, int partition) {}

    /**
     * One client's partitions, in the order they are served. Guarded by the connection that uses
     * it.
     */
    static final class FetchSession {
        private final int id;
        private final Map<Key, Wanted> partitions = new LinkedHashMap<>();
        private int nextEpoch = 1;
        private long lastUsedMs;

        FetchSession(int id) {
            this.id = id;
        }

        int id() {
            return id;
        }

        Map<Key, Wanted> partitions() {
            return partitions;
        }

        /** Takes the epoch if it is the next one. */
        boolean advance(int epoch) {
            if (epoch != nextEpoch) {
                return false;
            }
            nextEpoch = nextEpoch == Integer.MAX_VALUE ? 1 : nextEpoch + 1;
            return true;
        }

        /** Served partitions go to the end, so that all have their turn. */
        void toTheEnd(Key key) {
            Wanted wanted = partitions.remove(key);
            if (wanted != null) {
                partitions.put(key, wanted);
            }
        }
    }

    /** What is wanted of a partition, and what the client was told last. */
    static final class Wanted {
        final long fetchOffset;
        final int currentLeaderEpoch;
        final int lastFetchedEpoch;
        final int maxBytes;
        long toldHighWatermark = -1;
        long toldLogStart = -1;

        Wanted(long fetchOffset, int currentLeaderEpoch, int lastFetchedEpoch, int maxBytes) {
            this.fetchOffset = fetchOffset;
            this.currentLeaderEpoch = currentLeaderEpoch;
            this.lastFetchedEpoch = lastFetchedEpoch;
            this.maxBytes = maxBytes;
        }
    }

    /** A new session, or null if there is no room. */
    synchronized @Nullable FetchSession create(long nowMs) {
        if (byId.size() >= slots && !evictOne(nowMs)) {
            return null;
        }
        int id;
        do {
            id = ThreadLocalRandom.current().nextInt(1, Integer.MAX_VALUE);
        } while (byId.containsKey(id));
        FetchSession session = new FetchSession(id);
        session.lastUsedMs = nowMs;
        byId.put(id, session);
        return session;
    }

    private boolean evictOne(long nowMs) {
        Iterator<FetchSession> oldest = byId.values().iterator();
        if (oldest.hasNext() && nowMs - oldest.next().lastUsedMs >= EVICTABLE_MS) {
            oldest.remove();
            return true;
        }
        return false;
    }

    synchronized @Nullable FetchSession find(int id, long nowMs) {
        FetchSession session = byId.get(id);
        if (session != null) {
            session.lastUsedMs = nowMs;
        }
        return session;
    }

    synchronized void remove(int id) {
        byId.remove(id);
    }

    synchronized int size() {
        return byId.size();
    }
}
