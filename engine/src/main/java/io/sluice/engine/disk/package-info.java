/**
 * The port to disks.
 *
 * <p>Start reading at {@link io.sluice.engine.disk.Disk}. The real one is in {@code storage}, the
 * simulated one among the engine's fakes; one contract test holds both.
 */
@NullMarked
package io.sluice.engine.disk;

import org.jspecify.annotations.NullMarked;
