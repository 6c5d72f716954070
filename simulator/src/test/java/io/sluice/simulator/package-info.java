/** Tests of the simulator, and with it. */
@NullMarked
package io.sluice.simulator;

import org.jspecify.annotations.NullMarked;
