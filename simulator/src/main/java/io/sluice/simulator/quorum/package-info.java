/**
 * The replicated log of metadata as brokers see one: leaders come and go in terms, what is
 * committed reaches each broker in order and at its own time, questions and answers are lost.
 *
 * <p>Start reading at {@link io.sluice.simulator.quorum.SimQuorum}. It is held to the contract test
 * of the port, as the real logs are. May import {@code engine.metadata} and {@code
 * simulator.world}.
 */
@NullMarked
package io.sluice.simulator.quorum;

import org.jspecify.annotations.NullMarked;
