package io.sluice.engine.share;

import io.sluice.core.share.LedgerFormat.Who;
import java.util.function.Consumer;

/**
 * What one queue is asked for.
 *
 * @param awaits the number of the read of what is remembered that has to be over, see {@link
 *     HostedQueue#prepare}
 * @param done once, on the partition's loop; nothing if there is nothing now
 */
record Take(
        Who who,
        int maxRecords,
        boolean strict,
        int batchSize,
        int maxBytes,
        long awaits,
        Consumer<Delivery> done) {

    String member() {
        return who.member();
    }
}
