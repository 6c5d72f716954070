/**
 * Whole clusters under faults, in one thread and virtual time, from a seed.
 *
 * <p>Start reading at {@link io.sluice.simulator.Simulation}; {@link io.sluice.simulator.Main} is
 * {@code bin/sluice-sim}. May import {@code core}, {@code engine} with its fakes, and {@code
 * storage}.
 */
@NullMarked
package io.sluice.simulator;

import org.jspecify.annotations.NullMarked;
