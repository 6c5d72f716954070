/**
 * Machines that run the production classes of a broker: the controller over the simulated quorum,
 * and partitions over the real storage on a simulated disk.
 *
 * <p>Start reading at {@link io.sluice.simulator.cluster.Machine}. May import {@code engine},
 * {@code storage}, {@code simulator.world}, {@code simulator.check} and {@code simulator.quorum}.
 */
@NullMarked
package io.sluice.simulator.cluster;

import org.jspecify.annotations.NullMarked;
