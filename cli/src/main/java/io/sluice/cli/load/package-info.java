/**
 * The command {@code bench}: a load, its live figures and its summary.
 *
 * <p>Start with {@link io.sluice.cli.load.BenchCommand}. May import {@code client} and {@code
 * terminal}.
 */
@NullMarked
package io.sluice.cli.load;

import org.jspecify.annotations.NullMarked;
