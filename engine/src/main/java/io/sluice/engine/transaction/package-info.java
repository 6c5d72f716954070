/**
 * Carries out what coordinators of transactions decided: markers to every partition that took part,
 * and questions to those who know what became of a half message.
 *
 * <p>Start reading at {@link io.sluice.engine.transaction.MarkerSenders} and {@link
 * io.sluice.engine.transaction.HalfMessages}. May import {@code coordinator}, {@code partition},
 * {@code loop}, {@code metadata} and the core.
 */
@NullMarked
package io.sluice.engine.transaction;

import org.jspecify.annotations.NullMarked;
