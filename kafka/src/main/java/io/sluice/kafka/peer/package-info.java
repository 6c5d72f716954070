/**
 * What this broker asks of other brokers, in Kafka's own protocol: connections it makes, and the
 * followers' fetches over them.
 *
 * <p>Start reading at {@link io.sluice.kafka.peer.PeerConnections}, then {@link
 * io.sluice.kafka.peer.ReplicaPeers}. May import {@code kafka.codec} and the engine.
 */
@NullMarked
package io.sluice.kafka.peer;

import org.jspecify.annotations.NullMarked;
