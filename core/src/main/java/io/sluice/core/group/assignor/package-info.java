/**
 * Who reads what: the assignors of the broker (KIP-848). Pure functions of what is subscribed, what
 * was assigned before, and where racks are.
 *
 * <p>Start reading at {@link io.sluice.core.group.assignor.Assignor}.
 */
@NullMarked
package io.sluice.core.group.assignor;

import org.jspecify.annotations.NullMarked;
