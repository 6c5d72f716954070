/**
 * The outbox's way to brokers that speak the Kafka protocol, through the stock client of whatever
 * version the service has.
 *
 * <p>Start reading at {@link io.sluice.outbox.kafka.KafkaPublisher}.
 */
@NullMarked
package io.sluice.outbox.kafka;

import org.jspecify.annotations.NullMarked;
