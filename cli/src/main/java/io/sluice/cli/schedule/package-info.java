/**
 * Commands about messages that wait for their time.
 *
 * <p>Start reading at {@link io.sluice.cli.schedule.ScheduleCommand}.
 */
@NullMarked
package io.sluice.cli.schedule;

import org.jspecify.annotations.NullMarked;
