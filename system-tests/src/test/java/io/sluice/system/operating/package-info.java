/**
 * What operators see of brokers: metrics and probes, of real processes, over HTTP.
 *
 * <p>Start reading at {@link io.sluice.system.operating.MetricsTest}.
 */
@NullMarked
package io.sluice.system.operating;

import org.jspecify.annotations.NullMarked;
