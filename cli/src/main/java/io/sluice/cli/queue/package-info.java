/**
 * The commands about queues: what is in them, and what share groups could not deliver.
 *
 * <p>Start with {@link io.sluice.cli.queue.QueueCommand}. May import {@code client}, {@code
 * terminal} and, for positions, {@code records}.
 */
@NullMarked
package io.sluice.cli.queue;

import org.jspecify.annotations.NullMarked;
