package io.sluice.kafka.fetch;

import io.sluice.engine.partition.Partition;
import io.sluice.engine.partition.Partition.FetchResult;
import io.sluice.kafka.fetch.FetchSession.Wanted;

/**
 * Reads what a follower lacks: up to the log's end. Each read is news of how far the follower is.
 *
 * @param replica the broker that follows
 * @param brokerEpoch of its registration (KIP-903)
 * @param followedMs when it followed for certain
 */
record ReplicaReader(int replica, long brokerEpoch, long followedMs) implements PartitionReader {

    @Override
    public FetchResult read(Partition partition, Wanted wanted, int maxBytes, boolean atLeastOne) {
        return partition.replicaFetch(
                new Partition.ReplicaFetchSpec(
                        replica,
                        brokerEpoch,
                        followedMs,
                        wanted.fetchOffset,
                        wanted.currentLeaderEpoch,
                        wanted.lastFetchedEpoch,
                        wanted.durableEnd,
                        maxBytes,
                        atLeastOne));
    }

    /** Only a look: the follower has said nothing since. */
    @Override
    public boolean stillFinds(Partition partition, Wanted wanted, FetchResult before) {
        return partition.stillFinds(before, wanted.fetchOffset, wanted.currentLeaderEpoch);
    }

    /** It reads to the log's end, so what was not there is behind its own. */
    @Override
    public long readableEnd(Wanted wanted, FetchResult result) {
        return wanted.fetchOffset;
    }

    @Override
    public long readableEnd(Partition partition) {
        return partition.status().logEndOffset();
    }

    @Override
    public long bytesAvailable(Partition partition, long fetchOffset, int limit) {
        return readableEnd(partition) > fetchOffset ? limit : 0;
    }

    @Override
    public Partition.Watch watch(Partition partition, long offset, Runnable wake) {
        return partition.watchLogEnd(replica, offset, wake);
    }
}
