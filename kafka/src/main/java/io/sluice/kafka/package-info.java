/**
 * The Kafka door: the wire protocol, one handler per API.
 *
 * <p>Start reading at {@link io.sluice.kafka.KafkaDoor}, then {@code connection.KafkaConnection}
 * for the way of a request, then {@code records.ProduceHandler} and {@code fetch.FetchRound}.
 * docs/kafka.md lists what is served. The packages, each using only those before it: {@code codec},
 * {@code connection}, {@code api}, then the handlers in {@code cluster}, {@code topics}, {@code
 * settings}, {@code records}, {@code fetch} and {@code share}. May import {@code transport}, {@code
 * engine}, {@code core} and kafka-clients, whose message classes are the codec.
 */
@NullMarked
package io.sluice.kafka;

import org.jspecify.annotations.NullMarked;
