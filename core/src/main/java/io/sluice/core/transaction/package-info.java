/**
 * Transactions: one coordinator machine for the transactional ids of a partition of the
 * transactions' topic (KIP-98, KIP-360, KIP-890).
 *
 * <p>Start reading at {@link io.sluice.core.transaction.TransactionState} and {@link
 * io.sluice.core.transaction.TransactionCoordinator}. May import {@code coordinator}, {@code model}
 * and {@code record}.
 */
@NullMarked
package io.sluice.core.transaction;

import org.jspecify.annotations.NullMarked;
