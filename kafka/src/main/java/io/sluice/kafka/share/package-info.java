/**
 * Share groups as Kafka's protocol asks about their records (KIP-932, KIP-1222): fetches and
 * acknowledgements with their sessions, what brokers tell each other to remember, and where queues
 * stand. What is decided, {@code core.share} decides.
 *
 * <p>Start reading at {@link io.sluice.kafka.share.ShareFetchHandler}. May import {@code api},
 * {@code codec}, {@code connection}, the engine and the core.
 */
@NullMarked
package io.sluice.kafka.share;

import org.jspecify.annotations.NullMarked;
