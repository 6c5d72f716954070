/**
 * The delivery engine of every queue: records of one partition that one group takes, holds, settles
 * or gives back, one by one (KIP-932).
 *
 * <p>Start reading at {@link io.sluice.core.share.SharePartition}; who is next is decided in {@code
 * Lineup}. May import {@code core.model}.
 */
@NullMarked
package io.sluice.core.share;

import org.jspecify.annotations.NullMarked;
