/**
 * The machines of one partition: its leader, its followers, its producers, and the fetches that
 * wait on it.
 *
 * <p>Start reading at {@link io.sluice.core.partition.PartitionLeader} and {@link
 * io.sluice.core.partition.PartitionFollower}; who counts is decided in {@code Isr}. May import
 * {@code core.model} and {@code core.config}.
 */
@NullMarked
package io.sluice.core.partition;

import org.jspecify.annotations.NullMarked;
