/**
 * Views: other answers to a fetch than the plain log, for who asks by a name (docs/adr/views.md).
 *
 * <p>Start reading at {@link io.sluice.engine.view.View}, which others implement; {@link
 * io.sluice.engine.view.LogWalk} reads records for them. May import {@code partition}, {@code log},
 * {@code loop} and the core.
 */
@NullMarked
package io.sluice.engine.view;

import org.jspecify.annotations.NullMarked;
