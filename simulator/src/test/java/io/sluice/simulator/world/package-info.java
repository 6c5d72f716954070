/** Tests. */
@NullMarked
package io.sluice.simulator.world;

import org.jspecify.annotations.NullMarked;
