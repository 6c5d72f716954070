/**
 * The log on disk: segments, indexes, recovery, group commit, retention, checkpoints.
 *
 * <p>Start reading at {@link io.sluice.storage.PartitionLog}, then {@link
 * io.sluice.storage.LogDirectories}. The format is told in docs/formats/log.md. May import {@code
 * engine} (its ports) and {@code core}.
 */
@NullMarked
package io.sluice.storage;

import org.jspecify.annotations.NullMarked;
