/**
 * APIs about topics: Metadata, DescribeTopicPartitions, and those that make, grow and delete them.
 *
 * <p>One handler per class; start reading at {@link io.sluice.kafka.topics.MetadataHandler}. May
 * import {@code api}, {@code connection}, {@code codec}, the engine and the core.
 */
@NullMarked
package io.sluice.kafka.topics;

import org.jspecify.annotations.NullMarked;
