/**
 * The bytes of the Kafka protocol: which API has which versions, requests in, answers out. Built on
 * kafka-clients' message classes, read through bounds of our own.
 *
 * <p>Start reading at {@link io.sluice.kafka.codec.Api}. May import kafka-clients, the transport's
 * {@code Outbound} and the core's nouns; nothing of the door.
 */
@NullMarked
package io.sluice.kafka.codec;

import org.jspecify.annotations.NullMarked;
