/**
 * The engine's ports in memory, for tests of the engine and of the doors: no files, no threads.
 *
 * <p>Start reading at {@link io.sluice.engine.fake.MemoryLogStore}.
 */
@NullMarked
package io.sluice.engine.fake;

import org.jspecify.annotations.NullMarked;
