/**
 * The partitions of this broker: each a machine, its log, and the effects between them.
 *
 * <p>Start reading at {@link io.sluice.engine.partition.Partition}, what a door may ask. A replica
 * leads or follows ({@code LeaderRole}, {@code FollowerRole}); {@code PartitionLifecycle} says
 * which, by the image.
 */
@NullMarked
package io.sluice.engine.partition;

import org.jspecify.annotations.NullMarked;
