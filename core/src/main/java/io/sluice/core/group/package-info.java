/**
 * Groups of every protocol, and committed offsets: one coordinator machine for the groups of a
 * partition of the offsets topic.
 *
 * <p>Start reading at {@link io.sluice.core.group.GroupCoordinator}, which gives each command to
 * the room of its protocol: {@code ClassicGroups} (members assign among themselves), {@code
 * ConsumerGroups} (the broker assigns partitions, KIP-848) with {@code MixedGroups} (members of
 * both), {@code StreamsGroups} (the broker assigns tasks, KIP-1071). What members of the last two
 * have is brought to them by one {@code Reconciliation}. May import {@code controller} (the image),
 * {@code coordinator}, {@code model} and {@code record}.
 */
@NullMarked
package io.sluice.core.group;

import org.jspecify.annotations.NullMarked;
