package io.sluice.kafka.share;

import io.sluice.kafka.share.ShareSession.Owner;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The share sessions of all connections: a bounded number, with a bounded number of queues in all.
 * A member has one at a broker, which goes with its connection. Any thread may call.
 */
final class ShareSessions {

    static final int INITIAL_EPOCH = 0;
    static final int FINAL_EPOCH = -1;

    /** Queues in all sessions together. */
    static final int MAX_QUEUES = 1_000_000;

    private final int slots;
    private final Map<Owner, Slot> byOwner = new HashMap<>();
    private int queues;

    private static final class Slot {
        private final ShareSession session;
        private int queues;

        Slot(ShareSession session) {
            this.session = session;
        }
    }

    ShareSessions(int slots) {
        this.slots = slots;
    }

    /**
     * A new session in the place of one that the member may have had, or null if there is no room.
     */
    synchronized @Nullable ShareSession open(Owner owner, long connectionId) {
        Slot before = byOwner.get(owner);
        if (before == null && byOwner.size() >= slots) {
            return null;
        }
        Slot slot = new Slot(new ShareSession(owner, connectionId));
        byOwner.put(owner, slot);
        queues -= before == null ? 0 : before.queues;
        return slot.session;
    }

    /** The member's session if it is that connection's, or null. */
    synchronized @Nullable ShareSession find(Owner owner, long connectionId) {
        Slot slot = byOwner.get(owner);
        return slot == null || slot.session.connectionId() != connectionId ? null : slot.session;
    }

    /** A session has another number of queues now; false if they are too many. */
    synchronized boolean resized(ShareSession session) {
        Slot slot = byOwner.get(session.owner());
        if (slot == null || slot.session != session) {
            return false;
        }
        int grown = session.size() - slot.queues;
        if (grown > 0 && queues + grown > MAX_QUEUES) {
            return false;
        }
        queues += grown;
        slot.queues += grown;
        return true;
    }

    /** Forgets a session; false if the member has another one by now. */
    synchronized boolean close(ShareSession session) {
        Slot slot = byOwner.get(session.owner());
        if (slot == null || slot.session != session) {
            return false;
        }
        byOwner.remove(session.owner());
        queues -= slot.queues;
        return true;
    }

    synchronized int size() {
        return byOwner.size();
    }

    synchronized int queues() {
        return queues;
    }
}
