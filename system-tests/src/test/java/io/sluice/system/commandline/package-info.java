/** The launcher and the command line as a user meets them. */
@NullMarked
package io.sluice.system.commandline;

import org.jspecify.annotations.NullMarked;
