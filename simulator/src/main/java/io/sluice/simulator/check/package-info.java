/**
 * What must hold, and the memory it takes to know: what was sent, acknowledged and read.
 *
 * <p>Start reading at {@link io.sluice.simulator.check.Ledger}. May import {@code core} and {@code
 * simulator.world}.
 */
@NullMarked
package io.sluice.simulator.check;

import org.jspecify.annotations.NullMarked;
