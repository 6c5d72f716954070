/** Tests. */
@NullMarked
package io.sluice.simulator.quorum;

import org.jspecify.annotations.NullMarked;
