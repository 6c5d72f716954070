/**
 * The commands {@code topic}, {@code config} and {@code cluster}.
 *
 * <p>Each subcommand is a class; {@link io.sluice.cli.admin.TopicCommand} lists the first of them.
 * May import {@code client} and {@code terminal}.
 */
@NullMarked
package io.sluice.cli.admin;

import org.jspecify.annotations.NullMarked;
