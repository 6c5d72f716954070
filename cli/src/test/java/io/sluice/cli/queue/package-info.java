/** Tests. */
@NullMarked
package io.sluice.cli.queue;

import org.jspecify.annotations.NullMarked;
