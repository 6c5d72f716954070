/**
 * What producers ask of the coordinators of transactions, and tools of them.
 *
 * <p>Start reading at {@link io.sluice.kafka.transaction.InitProducerIdHandler} and {@link
 * io.sluice.kafka.transaction.EndTxnHandler}. May import {@code api}, {@code codec}, {@code
 * connection}, the engine and the core.
 */
@NullMarked
package io.sluice.kafka.transaction;

import org.jspecify.annotations.NullMarked;
