/** Tests. */
@NullMarked
package io.sluice.cli.records;

import org.jspecify.annotations.NullMarked;
