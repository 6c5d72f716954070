package io.sluice.engine.log;

import org.jspecify.annotations.Nullable;

/**
 * What a read of the log found.
 *
 * @param slice whole batches, or null when there is nothing below the bound. The first batch may
 *     begin below the offset asked for; a reader skips.
 * @param cold whether sending may wait for the device; then it should be warmed first
 */
public record LogRead(@Nullable FileSlice slice, boolean cold) {

    public static final LogRead NOTHING = new LogRead(null, false);
}
