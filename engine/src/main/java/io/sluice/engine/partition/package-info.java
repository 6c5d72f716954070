/**
 * The partitions of this broker: each a machine, its log, and the effects between them.
 *
 * <p>Start reading at {@link io.sluice.engine.partition.Partition}, what a door may ask.
 */
@NullMarked
package io.sluice.engine.partition;

import org.jspecify.annotations.NullMarked;
