/**
 * APIs about the cluster and its brokers: versions, brokers, log directories.
 *
 * <p>One handler per class; start reading anywhere. May import {@code api}, {@code connection},
 * {@code codec}, the engine and the core.
 */
@NullMarked
package io.sluice.kafka.cluster;

import org.jspecify.annotations.NullMarked;
