/**
 * Delayed and scheduled messages: what the records of hidden batches say, and how a produced batch
 * is cut into what is visible and what waits (docs/adr/delayed-messages.md).
 *
 * <p>Start reading at {@link io.sluice.core.schedule.ScheduleRecord}. May import {@code core.model}
 * and {@code core.record}.
 */
@NullMarked
package io.sluice.core.schedule;

import org.jspecify.annotations.NullMarked;
