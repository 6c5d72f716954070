/** The rules of the house that rot unless the build checks them. */
@NullMarked
package io.sluice.system.architecture;

import org.jspecify.annotations.NullMarked;
