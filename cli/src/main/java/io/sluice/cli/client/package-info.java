/**
 * The common part of every command that talks to a broker: its options, its connection, and errors
 * told in one sentence.
 *
 * <p>Start with {@link io.sluice.cli.client.BrokerCommand}. May import {@code terminal}.
 */
@NullMarked
package io.sluice.cli.client;

import org.jspecify.annotations.NullMarked;
