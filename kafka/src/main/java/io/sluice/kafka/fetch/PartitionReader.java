package io.sluice.kafka.fetch;

import io.sluice.engine.partition.Partition;
import io.sluice.engine.partition.Partition.FetchResult;
import io.sluice.kafka.fetch.FetchSession.Wanted;

/**
 * How a fetch reads partitions: as the consumer or as the replica that it comes from. Called on the
 * partition's loop.
 */
interface PartitionReader {

    /**
     * Reads now.
     *
     * @param maxBytes soft bound
     * @param atLeastOne gives the first batch even when it is larger
     */
    FetchResult read(Partition partition, Wanted wanted, int maxBytes, boolean atLeastOne);

    /** Whether it would find what it found before, which was nothing to read. */
    boolean stillFinds(Partition partition, Wanted wanted, FetchResult before);

    /** Up to where the result could have read. */
    long readableEnd(Wanted wanted, FetchResult result);

    /** Up to where it could read now. */
    long readableEnd(Partition partition);

    /** Bytes it could have now, bounded by the limit; negative on any error. */
    long bytesAvailable(Partition partition, long fetchOffset, int limit);

    /** Wakes once when there is more to read. */
    Partition.Watch watch(Partition partition, long offset, Runnable wake);
}
