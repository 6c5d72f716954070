/**
 * The port to the log of one replica and to the directories that hold logs.
 *
 * <p>Start reading at {@link io.sluice.engine.log.ReplicaLog}. Filled by {@code storage}.
 */
@NullMarked
package io.sluice.engine.log;

import org.jspecify.annotations.NullMarked;
