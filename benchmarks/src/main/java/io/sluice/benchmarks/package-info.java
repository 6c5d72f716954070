/**
 * Measurements: JMH benchmarks of single parts, and the comparison with a peer in {@code
 * sidebyside}.
 */
@NullMarked
package io.sluice.benchmarks;

import org.jspecify.annotations.NullMarked;
