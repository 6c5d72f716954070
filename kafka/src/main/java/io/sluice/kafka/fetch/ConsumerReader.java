package io.sluice.kafka.fetch;

import io.sluice.core.model.ErrorCode;
import io.sluice.engine.log.LogRead;
import io.sluice.engine.partition.Partition;
import io.sluice.engine.partition.Partition.FetchResult;
import io.sluice.kafka.fetch.FetchSession.Wanted;
import java.util.List;

/**
 * Reads what a consumer may see: up to the high watermark, or the last stable offset.
 *
 * @param committed whether it leaves out what no transaction has committed
 */
record ConsumerReader(boolean committed) implements PartitionReader {

    private static final FetchResult IN_DOUBT =
            new FetchResult(
                    ErrorCode.NOT_LEADER_OR_FOLLOWER,
                    -1L,
                    -1L,
                    -1L,
                    LogRead.NOTHING,
                    List.of(),
                    null);

    @Override
    public FetchResult read(Partition partition, Wanted wanted, int maxBytes, boolean atLeastOne) {
        if (partition.isInDoubt()) {
            return IN_DOUBT;
        }
        return partition.fetch(
                new Partition.FetchSpec(
                        wanted.fetchOffset,
                        wanted.currentLeaderEpoch,
                        wanted.lastFetchedEpoch,
                        maxBytes,
                        atLeastOne,
                        committed));
    }

    @Override
    public boolean stillFinds(Partition partition, Wanted wanted, FetchResult before) {
        return !partition.isInDoubt()
                && partition.stillFinds(before, wanted.fetchOffset, wanted.currentLeaderEpoch);
    }

    @Override
    public long readableEnd(Wanted wanted, FetchResult result) {
        return committed ? result.lastStableOffset() : result.highWatermark();
    }

    @Override
    public long readableEnd(Partition partition) {
        Partition.PartitionStatus status = partition.status();
        return committed ? status.lastStableOffset() : status.highWatermark();
    }

    @Override
    public long bytesAvailable(Partition partition, long fetchOffset, int limit) {
        return partition.bytesAvailable(fetchOffset, committed, limit);
    }

    @Override
    public Partition.Watch watch(Partition partition, long offset, Runnable wake) {
        return partition.watch(offset, committed, wake);
    }
}
