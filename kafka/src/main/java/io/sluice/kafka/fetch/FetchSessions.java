package io.sluice.kafka.fetch;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * The sessions of all connections (KIP-227). A bounded number is remembered, with a bounded number
 * of partitions in all. One that was idle for {@value #EVICTABLE_MS} ms makes room for another;
 * when none can, a new client is served without a session. A connection has one at most, which goes
 * with it. Any thread may call.
 */
final class FetchSessions {

    static final int NO_SESSION = 0;
    static final int INITIAL_EPOCH = 0;
    static final int FINAL_EPOCH = -1;

    /** Idle so long, a session may be evicted. */
    static final long EVICTABLE_MS = 120_000;

    /** Partitions remembered in all sessions together. */
    static final int MAX_PARTITIONS = 1_000_000;

    private final int slots;
    private final LinkedHashMap<Integer, Slot> byId = new LinkedHashMap<>(16, 0.75f, true);
    private int partitions;

    private static final class Slot {
        private final FetchSession session;
        private long lastUsedMs;
        private int partitions;

        Slot(FetchSession session) {
            this.session = session;
        }
    }

    FetchSessions(int slots) {
        this.slots = slots;
    }

    /** A new session of so many partitions, or null if there is no room. */
    synchronized @Nullable FetchSession create(
            long connectionId, boolean byTopicId, int size, long nowMs) {
        Slot evicted = byId.size() < slots ? null : idle(nowMs);
        if (byId.size() >= slots && evicted == null) {
            return null;
        }
        int freed = evicted == null ? 0 : evicted.partitions;
        if (partitions - freed + size > MAX_PARTITIONS) {
            return null; // who is refused throws nobody out
        }
        if (evicted != null) {
            byId.remove(evicted.session.id());
            partitions -= freed;
        }
        int id;
        do {
            id = ThreadLocalRandom.current().nextInt(1, Integer.MAX_VALUE);
        } while (byId.containsKey(id));
        Slot slot = new Slot(new FetchSession(id, connectionId, byTopicId));
        slot.lastUsedMs = nowMs;
        slot.partitions = size;
        partitions += size;
        byId.put(id, slot);
        return slot.session;
    }

    /** The session that makes room for another, if there is one. */
    private @Nullable Slot idle(long nowMs) {
        Iterator<Slot> byUse = byId.values().iterator();
        if (byUse.hasNext()) {
            Slot oldest = byUse.next();
            return nowMs - oldest.lastUsedMs >= EVICTABLE_MS ? oldest : null;
        }
        return null;
    }

    /** The session if it is that connection's, or null. */
    synchronized @Nullable FetchSession find(int id, long connectionId, long nowMs) {
        Slot slot = byId.get(id);
        if (slot == null || slot.session.connectionId() != connectionId) {
            return null;
        }
        slot.lastUsedMs = nowMs;
        return slot.session;
    }

    /** A session has another number of partitions now; false if they are too many. */
    synchronized boolean resized(FetchSession session, int size) {
        Slot slot = byId.get(session.id());
        if (slot == null) {
            return false;
        }
        if (size > slot.partitions && partitions + size - slot.partitions > MAX_PARTITIONS) {
            return false;
        }
        partitions += size - slot.partitions;
        slot.partitions = size;
        return true;
    }

    /** Forgets a connection's session. */
    synchronized void remove(int id, long connectionId) {
        Slot slot = byId.get(id);
        if (slot != null && slot.session.connectionId() == connectionId) {
            byId.remove(id);
            partitions -= slot.partitions;
        }
    }

    synchronized int size() {
        return byId.size();
    }

    synchronized int partitions() {
        return partitions;
    }
}
