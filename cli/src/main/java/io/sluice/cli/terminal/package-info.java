/**
 * What a person or a script sees: streams, colours, tables, units, JSON, the progress line.
 *
 * <p>Start with {@link io.sluice.cli.terminal.Terminal}. Imports nothing of the other packages.
 */
@NullMarked
package io.sluice.cli.terminal;

import org.jspecify.annotations.NullMarked;
