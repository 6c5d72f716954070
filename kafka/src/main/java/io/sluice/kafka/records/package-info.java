/**
 * APIs about the records of partitions, but for Fetch: Produce and producer ids, offsets, epochs,
 * DeleteRecords, DescribeProducers.
 *
 * <p>One handler per class; start reading at {@link io.sluice.kafka.records.ProduceHandler}. May
 * import {@code api}, {@code connection}, {@code codec}, the engine and the core.
 */
@NullMarked
package io.sluice.kafka.records;

import org.jspecify.annotations.NullMarked;
