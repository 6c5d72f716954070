/**
 * What handlers share: the services they stand on, questions to many partitions at once, and what
 * clients are told about leaders and brokers.
 *
 * <p>Start reading at {@link io.sluice.kafka.api.KafkaServices}. May import {@code codec}, {@code
 * connection}, {@code peer}, the engine and the core.
 */
@NullMarked
package io.sluice.kafka.api;

import org.jspecify.annotations.NullMarked;
