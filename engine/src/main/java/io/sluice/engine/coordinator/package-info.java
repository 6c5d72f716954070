/**
 * Runs coordinators (groups, and what else decides by commands and remembers by events) over the
 * partitions of an internal, compacted topic.
 *
 * <p>Start reading at {@link io.sluice.engine.coordinator.CoordinatorHost}. May import {@code
 * partition}, {@code log}, {@code loop}, {@code metadata} and the core.
 */
@NullMarked
package io.sluice.engine.coordinator;

import org.jspecify.annotations.NullMarked;
