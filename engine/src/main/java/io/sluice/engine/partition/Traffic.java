package io.sluice.engine.partition;

import io.sluice.engine.metrics.Counter;

/**
 * What went through the partitions of one loop since the start. Owned by it, read by any thread.
 */
final class Traffic {
    final Counter appendedRecords = new Counter();
    final Counter appendedBytes = new Counter();
    final Counter fetchedBytes = new Counter();
    final Counter replicatedInBytes = new Counter();
    final Counter replicatedOutBytes = new Counter();
}
