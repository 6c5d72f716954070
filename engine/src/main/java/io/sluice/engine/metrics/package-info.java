/**
 * What an operator may want to know of a running broker: counters that cost their owner one store,
 * and the sources that tell them.
 *
 * <p>Start reading at {@link io.sluice.engine.metrics.MetricSource}. Each room has sources of its
 * own, beside what they measure; the HTTP door asks them all when somebody looks, and nothing is
 * gathered while nobody does. Imports {@code loop}.
 */
@NullMarked
package io.sluice.engine.metrics;

import org.jspecify.annotations.NullMarked;
