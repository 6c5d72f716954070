/**
 * How a replica's batches come from its leader: the port to the other brokers, and what fetches
 * through it.
 *
 * <p>Start reading at {@link io.sluice.engine.replication.Peers}. May import {@code engine.log},
 * {@code engine.loop} and {@code core}.
 */
@NullMarked
package io.sluice.engine.replication;

import org.jspecify.annotations.NullMarked;
