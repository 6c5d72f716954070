/**
 * Fetch: sessions, the reading of many partitions under one bound, and the wait for more.
 *
 * <p>Start reading at {@link io.sluice.kafka.fetch.FetchRound}. May import {@code api}, {@code
 * connection}, {@code codec}, the engine and the core.
 */
@NullMarked
package io.sluice.kafka.fetch;

import org.jspecify.annotations.NullMarked;
