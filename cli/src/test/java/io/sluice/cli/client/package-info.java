/** Tests. */
@NullMarked
package io.sluice.cli.client;

import org.jspecify.annotations.NullMarked;
