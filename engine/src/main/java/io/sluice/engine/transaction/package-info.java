/**
 * Carries out what coordinators of transactions decided: markers to every partition that took part.
 *
 * <p>Start reading at {@link io.sluice.engine.transaction.MarkerSenders}. May import {@code
 * coordinator}, {@code partition}, {@code loop}, {@code metadata} and the core.
 */
@NullMarked
package io.sluice.engine.transaction;

import org.jspecify.annotations.NullMarked;
