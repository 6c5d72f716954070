/** What the stock client says, and what the outbox makes of it. */
@NullMarked
package io.sluice.outbox.kafka;

import org.jspecify.annotations.NullMarked;
