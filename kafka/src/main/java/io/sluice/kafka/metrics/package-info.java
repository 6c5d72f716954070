/**
 * What is counted of requests, on the loop of the connection that they came by, and how it is told.
 *
 * <p>Start reading at {@link io.sluice.kafka.metrics.RequestMetrics}. May import {@code codec}.
 */
@NullMarked
package io.sluice.kafka.metrics;

import org.jspecify.annotations.NullMarked;
