package io.sluice.engine.share;

import java.util.function.Consumer;

/**
 * What one queue is asked for.
 *
 * @param awaits the number of the read of what is remembered that has to be over, see {@link
 *     HostedQueue#prepare}
 * @param done once, on the partition's loop; nothing if there is nothing now
 */
record Take(
        String member,
        int maxRecords,
        boolean strict,
        int batchSize,
        int maxBytes,
        long awaits,
        Consumer<Delivery> done) {}
