/**
 * The command line: administration, produce, consume and bench over the Kafka protocol.
 *
 * <p>Start with {@link io.sluice.cli.Main}, then {@code SluiceCommand}, the list of commands. A
 * client like any other: it may import the Kafka client, picocli, Jackson and HdrHistogram, never
 * the engine.
 */
@NullMarked
package io.sluice.cli;

import org.jspecify.annotations.NullMarked;
