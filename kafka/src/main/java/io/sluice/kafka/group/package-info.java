/**
 * Consumer groups as Kafka's protocol asks about them. Requests become commands of the group
 * coordinator and its answers responses; what is decided, {@code core.group} decides.
 *
 * <p>Start reading at {@link io.sluice.kafka.api.GroupServices}. May import {@code api}, {@code
 * codec}, {@code connection}, the engine and the core.
 */
@NullMarked
package io.sluice.kafka.group;

import org.jspecify.annotations.NullMarked;
