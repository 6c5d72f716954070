/**
 * A world of one thread: virtual time, chance from one seed, machines with clocks of their own, and
 * the network between them.
 *
 * <p>Start reading at {@link io.sluice.simulator.world.World}. Everything that happens is an event
 * of its heap, so the same seed is the same history, which {@link io.sluice.simulator.world.Trace}
 * makes visible. May import {@code engine}.
 */
@NullMarked
package io.sluice.simulator.world;

import org.jspecify.annotations.NullMarked;
