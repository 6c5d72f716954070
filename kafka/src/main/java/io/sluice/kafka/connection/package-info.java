/**
 * One client's connection: requests in, served in their order, answers out; and what a handler sees
 * of it.
 *
 * <p>Start reading at {@link io.sluice.kafka.connection.KafkaConnection}. May import {@code codec},
 * the transport and the engine's loops.
 */
@NullMarked
package io.sluice.kafka.connection;

import org.jspecify.annotations.NullMarked;
