/**
 * The HTTP door: what an operator's tools ask of a broker. Metrics for Prometheus and the probes of
 * whoever starts and stops it; on virtual threads, for it waits.
 *
 * <p>Start reading at {@link io.sluice.http.HttpDoor}. What is told comes from {@link
 * io.sluice.engine.metrics.MetricSource}s and {@link io.sluice.http.Health}. May import {@code
 * engine}; Helidon and the Prometheus libraries are known here alone, and loaded when the door
 * opens.
 */
@NullMarked
package io.sluice.http;

import org.jspecify.annotations.NullMarked;
