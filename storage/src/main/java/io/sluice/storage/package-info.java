/** To be written. */
@NullMarked
package io.sluice.storage;

import org.jspecify.annotations.NullMarked;
