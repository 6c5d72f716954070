/**
 * What all coordinators are: machines of commands, events and answers.
 *
 * <p>Start reading at {@link io.sluice.core.coordinator.Coordinator}.
 */
@NullMarked
package io.sluice.core.coordinator;

import org.jspecify.annotations.NullMarked;
