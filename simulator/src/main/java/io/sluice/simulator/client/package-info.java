/**
 * Clients of a simulated cluster: they find leaders, send again what was not answered, and write
 * down what they saw.
 *
 * <p>Start reading at {@link io.sluice.simulator.client.Client}. May import {@code
 * simulator.cluster}, {@code simulator.check} and {@code simulator.world}.
 */
@NullMarked
package io.sluice.simulator.client;

import org.jspecify.annotations.NullMarked;
