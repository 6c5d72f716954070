/**
 * Real broker processes for tests: started, killed and restarted as an operator would.
 *
 * <p>Start reading at {@link io.sluice.system.harness.BrokerProcess}.
 */
@NullMarked
package io.sluice.system.harness;

import org.jspecify.annotations.NullMarked;
