/** To be written. */
@NullMarked
package io.sluice.cli;

import org.jspecify.annotations.NullMarked;
