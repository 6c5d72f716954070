/**
 * The nouns of the log: partitions, batches, offsets, error codes.
 *
 * <p>Start reading at {@link io.sluice.core.model.BatchHeader}, the sixty-one bytes that everything
 * else decides by. May import nothing but {@code java.base} without I/O, threads and clocks.
 */
@NullMarked
package io.sluice.core.model;

import org.jspecify.annotations.NullMarked;
