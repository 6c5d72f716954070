/**
 * Queues at work: runs {@code core.share} on the loop of the partition it delivers from, reads the
 * log for it, and has what is to be remembered stored.
 *
 * <p>A door enters at {@link io.sluice.engine.share.Queues}. May import {@code core} and the
 * engine's ports; knows no protocol.
 */
@NullMarked
package io.sluice.engine.share;

import org.jspecify.annotations.NullMarked;
