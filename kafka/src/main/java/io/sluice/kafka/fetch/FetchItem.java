package io.sluice.kafka.fetch;

import io.sluice.core.model.ErrorCode;
import io.sluice.engine.log.FileSlice;
import io.sluice.engine.partition.Partition;
import io.sluice.engine.partition.Partition.FetchResult;
import io.sluice.kafka.fetch.FetchSession.Key;
import io.sluice.kafka.fetch.FetchSession.Wanted;
import org.jspecify.annotations.Nullable;

/**
 * One partition in one pass of a fetch. Handed between the connection's loop and the partition's:
 * each step happens before the next.
 */
final class FetchItem {

    final Key key;
    final Wanted wanted;
    final @Nullable Partition partition;
    @Nullable FetchResult result;
    ErrorCode error;

    /** The replica to read from instead. */
    int nearest = NearestReplica.NOBODY;

    /** On the partition's loop alone. */
    Partition.@Nullable Watch watch;

    /** On the partition's loop alone: bytes it had when it was last looked at there. */
    long seenBytes;

    /** On the connection's loop alone: bytes it could give when it was last looked at. */
    long available;

    /**
     * @param error why there is no partition, or NONE
     */
    FetchItem(Key key, Wanted wanted, @Nullable Partition partition, ErrorCode error) {
        this.key = key;
        this.wanted = wanted;
        this.partition = partition;
        this.error = error;
    }

    @Nullable FileSlice slice() {
        FetchResult read = result;
        return read == null ? null : read.read().slice();
    }

    int bytes() {
        FileSlice slice = slice();
        return slice == null ? 0 : slice.sizeInBytes();
    }

    boolean isDiverging() {
        FetchResult read = result;
        return read != null && read.diverging() != null;
    }

    /** Gives the records back, if there are any; then what else the partition said goes too. */
    void release() {
        FileSlice slice = slice();
        if (slice != null) {
            result = null;
            slice.release();
        }
    }

    void unwatch() {
        if (watch != null) {
            watch.cancel();
            watch = null;
        }
    }
}
