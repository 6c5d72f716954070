package io.sluice.kafka.share;

import io.sluice.core.share.ShareKey;
import io.sluice.engine.share.Demand.Wanted;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a member of a share group reads from this broker (KIP-932, "Share sessions"). Owned by the
 * loop of the connection it was opened by; no other connection may use it.
 */
final class ShareSession {

    private final Owner owner;
    private final long connectionId;

    /** Whether the member has not asked it before. */
    private final Map<ShareKey, Boolean> queues = new LinkedHashMap<>();

    private int nextEpoch = 1;

    /** Whose it is. */
    record Owner(String group, String memberId) {}

    ShareSession(Owner owner, long connectionId) {
        this.owner = owner;
        this.connectionId = connectionId;
    }

    Owner owner() {
        return owner;
    }

    long connectionId() {
        return connectionId;
    }

    /** Takes the epoch if it is the next one; after 2^31-1 comes 1. */
    boolean advance(int epoch) {
        if (epoch != nextEpoch) {
            return false;
        }
        nextEpoch = nextEpoch == Integer.MAX_VALUE ? 1 : nextEpoch + 1;
        return true;
    }

    void add(ShareKey queue) {
        queues.putIfAbsent(queue, true);
    }

    /** What the member holds of it stays with it. */
    void forget(ShareKey queue) {
        queues.remove(queue);
    }

    int size() {
        return queues.size();
    }

    List<ShareKey> queues() {
        return List.copyOf(queues.keySet());
    }

    /** What to ask for, another one first each time; what was new is so no more. */
    List<Wanted> wanted() {
        List<Wanted> wanted = new ArrayList<>(queues.size());
        queues.forEach((queue, fresh) -> wanted.add(new Wanted(queue, fresh)));
        queues.replaceAll((queue, fresh) -> false);
        if (!wanted.isEmpty()) {
            Collections.rotate(wanted, -(nextEpoch % wanted.size()));
        }
        return wanted;
    }
}
