/** Databases for tests: PostgreSQL from the system's package, H2 in memory. */
@NullMarked
package io.sluice.outbox.harness;

import org.jspecify.annotations.NullMarked;
