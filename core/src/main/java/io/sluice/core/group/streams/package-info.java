/**
 * What a Kafka Streams application is to the broker (KIP-1071): a topology, the tasks that follow
 * from it and from the topics there are, and who shall do them. Pure functions and values; the
 * machine that uses them is {@code StreamsGroups} in the package above.
 *
 * <p>Start reading at {@link io.sluice.core.group.streams.Topology}, then {@link
 * io.sluice.core.group.streams.TopologyPlan} and {@link
 * io.sluice.core.group.streams.StickyTaskAssignor}.
 */
@NullMarked
package io.sluice.core.group.streams;

import org.jspecify.annotations.NullMarked;
