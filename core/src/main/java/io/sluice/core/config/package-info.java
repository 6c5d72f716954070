/**
 * The settings of topics and brokers: names, types, defaults, documentation and bounds.
 *
 * <p>Start reading at {@link io.sluice.core.config.TopicConfig}, what a partition obeys. May import
 * {@code core.model}.
 */
@NullMarked
package io.sluice.core.config;

import org.jspecify.annotations.NullMarked;
