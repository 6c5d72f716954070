/** Tests of the command line as a whole. */
@NullMarked
package io.sluice.cli;

import org.jspecify.annotations.NullMarked;
