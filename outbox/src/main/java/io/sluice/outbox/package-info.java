/**
 * A transactional outbox: messages are rows that a service writes in the same JDBC transaction as
 * its business rows; a relay sends them to the broker afterwards and deletes what was acknowledged.
 *
 * <p>Start reading at {@link io.sluice.outbox.Outbox} (writing) and {@link io.sluice.outbox.Relay}
 * (sending); the rules are in {@link io.sluice.outbox.RelayLoop}. Knows {@code java.sql} and
 * nothing else: brokers are behind {@link io.sluice.outbox.Publisher}.
 */
@NullMarked
package io.sluice.outbox;

import org.jspecify.annotations.NullMarked;
