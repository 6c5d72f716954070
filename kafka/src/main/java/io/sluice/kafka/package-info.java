/**
 * The Kafka door: the wire protocol, one handler per API.
 *
 * <p>Start reading at {@link io.sluice.kafka.KafkaDoor}, then {@link
 * io.sluice.kafka.KafkaConnection} for the way of a request, then {@code ProduceHandler} and {@code
 * FetchHandler}. docs/kafka.md lists what is served. May import {@code transport}, {@code engine},
 * {@code core} and kafka-clients, whose message classes are the codec.
 */
@NullMarked
package io.sluice.kafka;

import org.jspecify.annotations.NullMarked;
