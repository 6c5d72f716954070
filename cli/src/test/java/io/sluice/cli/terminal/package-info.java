/** Tests. */
@NullMarked
package io.sluice.cli.terminal;

import org.jspecify.annotations.NullMarked;
