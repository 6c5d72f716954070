/**
 * Consumer groups by the classic protocol, and committed offsets: one coordinator machine for the
 * groups of a partition of the offsets topic.
 *
 * <p>Start reading at {@link io.sluice.core.group.GroupCoordinator}. May import {@code
 * coordinator}, {@code model} and {@code record}.
 */
@NullMarked
package io.sluice.core.group;

import org.jspecify.annotations.NullMarked;
