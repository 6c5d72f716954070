/**
 * APIs about settings: DescribeConfigs, IncrementalAlterConfigs and the old AlterConfigs.
 *
 * <p>One handler per class; start reading at {@link
 * io.sluice.kafka.settings.DescribeConfigsHandler}. May import {@code api}, {@code connection},
 * {@code codec}, the engine and the core.
 */
@NullMarked
package io.sluice.kafka.settings;

import org.jspecify.annotations.NullMarked;
