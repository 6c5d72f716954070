/**
 * The machines of one partition: its leader, its producers, and the fetches that wait on it.
 *
 * <p>Start reading at {@link io.sluice.core.partition.PartitionLeader}. May import {@code
 * core.model} and {@code core.config}.
 */
@NullMarked
package io.sluice.core.partition;

import org.jspecify.annotations.NullMarked;
