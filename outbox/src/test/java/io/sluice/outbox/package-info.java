/** The outbox against H2 and PostgreSQL, killed at every step. */
@NullMarked
package io.sluice.outbox;

import org.jspecify.annotations.NullMarked;
