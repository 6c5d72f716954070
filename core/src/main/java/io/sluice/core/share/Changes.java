package io.sluice.core.share;

import java.util.List;

/**
 * What is to be remembered of a queue: the first record that is not done, and the records whose
 * state changed since the last time.
 *
 * @param number grows; {@link ShareInput.Persisted} says it again
 */
public record Changes(long number, long start, List<StateBatch> batches) {}
