/**
 * The settings of topics and brokers: names, types, defaults, documentation and bounds.
 *
 * <p>Start reading at {@link io.sluice.core.config.ConfigSchema}, the settings that exist; {@link
 * io.sluice.core.config.ConfigResolver} tells which value is in force, {@link
 * io.sluice.core.config.TopicConfig} is what a partition obeys and {@link
 * io.sluice.core.config.BrokerConfig} what a broker is started with. May import {@code core.model}.
 */
@NullMarked
package io.sluice.core.config;

import org.jspecify.annotations.NullMarked;
