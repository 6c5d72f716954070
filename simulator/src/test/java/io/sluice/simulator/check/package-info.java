/** Tests of the checkers by example. */
@NullMarked
package io.sluice.simulator.check;

import org.jspecify.annotations.NullMarked;
