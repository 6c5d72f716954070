/**
 * Records inside a batch: reading, building, and what is checked before a produced batch is stored.
 *
 * <p>Start reading at {@link io.sluice.core.record.ProduceValidator}. May import {@code core.model}
 * and {@code core.config}.
 */
@NullMarked
package io.sluice.core.record;

import org.jspecify.annotations.NullMarked;
