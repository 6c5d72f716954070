/**
 * The same client program against Sluice and against Apache Kafka, as processes of the operating
 * system, in interleaved pairs.
 *
 * <p>Start with {@link io.sluice.benchmarks.sidebyside.SideBySide}; {@code Works} is the list of
 * what is measured. Imports the Kafka client, picocli and HdrHistogram, nothing of Sluice: a broker
 * is what it is from outside.
 */
@NullMarked
package io.sluice.benchmarks.sidebyside;

import org.jspecify.annotations.NullMarked;
