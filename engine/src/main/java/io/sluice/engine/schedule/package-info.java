/**
 * Delayed and scheduled messages at work (docs/adr/delayed-messages.md).
 *
 * <p>A door enters at {@link io.sluice.engine.schedule.Schedules}. May import {@code core} and the
 * engine's ports; knows no protocol.
 */
@NullMarked
package io.sluice.engine.schedule;

import org.jspecify.annotations.NullMarked;
