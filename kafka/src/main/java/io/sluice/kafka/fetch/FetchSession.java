package io.sluice.kafka.fetch;

import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.kafka.common.Uuid;

/**
 * One client's partitions, in the order they are served (KIP-227). Owned by the loop of the
 * connection it was made for; no other connection may use it.
 */
final class FetchSession {

    private final int id;
    private final long connectionId;
    private final boolean byId;
    private final Map<Key, Wanted> partitions = new LinkedHashMap<>();
    private int nextEpoch = 1;

    /** A partition as the client names it: by the topic's name, or by its identity. */
    record Key(String topic, Uuid topicId, int partition) {}

    /** What is wanted of a partition, and what the client was told last. */
    static final class Wanted {
        final long fetchOffset;
        final int currentLeaderEpoch;
        final int lastFetchedEpoch;
        final int maxBytes;

        /** Of a follower: below it everything is on its disk. */
        final long durableEnd;

        long toldHighWatermark = -1;
        long toldLogStart = -1;

        Wanted(
                long fetchOffset,
                int currentLeaderEpoch,
                int lastFetchedEpoch,
                int maxBytes,
                long durableEnd) {
            this.fetchOffset = fetchOffset;
            this.currentLeaderEpoch = currentLeaderEpoch;
            this.lastFetchedEpoch = lastFetchedEpoch;
            this.maxBytes = maxBytes;
            this.durableEnd = durableEnd;
        }
    }

    /**
     * @param byId whether the client names topics by identity (KIP-516)
     */
    FetchSession(int id, long connectionId, boolean byId) {
        this.id = id;
        this.connectionId = connectionId;
        this.byId = byId;
    }

    int id() {
        return id;
    }

    long connectionId() {
        return connectionId;
    }

    boolean byId() {
        return byId;
    }

    Map<Key, Wanted> partitions() {
        return partitions;
    }

    /** Takes the epoch if it is the next one; after 2^31-1 comes 1. */
    boolean advance(int epoch) {
        if (epoch != nextEpoch) {
            return false;
        }
        nextEpoch = nextEpoch == Integer.MAX_VALUE ? 1 : nextEpoch + 1;
        return true;
    }

    /** What the client wants changed in a partition; what it was told of it stays told. */
    void want(Key key, Wanted wanted) {
        Wanted before = partitions.put(key, wanted);
        if (before != null) {
            wanted.toldHighWatermark = before.toldHighWatermark;
            wanted.toldLogStart = before.toldLogStart;
        }
    }

    /** Served partitions go to the end, so that all have their turn. */
    void toTheEnd(Key key) {
        Wanted wanted = partitions.remove(key);
        if (wanted != null) {
            partitions.put(key, wanted);
        }
    }
}
