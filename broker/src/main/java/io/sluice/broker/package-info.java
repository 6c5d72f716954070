/**
 * One broker process: configuration, wiring, start and stop.
 *
 * <p>Start reading at {@link io.sluice.broker.Broker}, the only place where all the parts meet. May
 * import everything of production but {@code cli}.
 */
@NullMarked
package io.sluice.broker;

import org.jspecify.annotations.NullMarked;
