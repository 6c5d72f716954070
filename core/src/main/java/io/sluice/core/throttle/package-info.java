/**
 * How fast bytes may go: a bucket of tokens, and which replicas are held back (KIP-73).
 *
 * <p>Start reading at {@link io.sluice.core.throttle.TokenBucket}. Imports nothing of Sluice.
 */
@NullMarked
package io.sluice.core.throttle;

import org.jspecify.annotations.NullMarked;
