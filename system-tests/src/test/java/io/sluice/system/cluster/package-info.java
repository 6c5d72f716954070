/**
 * Clusters of real processes under faults, with real clients, and the judge of what they saw.
 *
 * <p>Start reading at {@link io.sluice.system.cluster.HistoryChecker}: what must hold; then {@link
 * io.sluice.system.cluster.Workload}, who writes the history.
 */
@NullMarked
package io.sluice.system.cluster;

import org.jspecify.annotations.NullMarked;
