/**
 * The commands about consumer groups.
 *
 * <p>Start with {@link io.sluice.cli.group.GroupCommand}. May import {@code client}, {@code
 * terminal} and, for positions, {@code records}.
 */
@NullMarked
package io.sluice.cli.group;

import org.jspecify.annotations.NullMarked;
