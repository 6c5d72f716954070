/**
 * {@code sluice dev}: a cluster of broker processes on one machine, for trying things.
 *
 * <p>Start reading at {@link io.sluice.broker.dev.DevCommand}. Imports nothing of the broker: it
 * starts the same program as {@code sluice server} does.
 */
@NullMarked
package io.sluice.broker.dev;

import org.jspecify.annotations.NullMarked;
