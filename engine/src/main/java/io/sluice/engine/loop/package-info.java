/**
 * Event loops: who runs what, and when.
 *
 * <p>Start reading at {@link io.sluice.engine.loop.EventLoop}. What a loop owns is touched by that
 * loop alone; everything else reaches it through its mailbox. May import {@code core}.
 */
@NullMarked
package io.sluice.engine.loop;

import org.jspecify.annotations.NullMarked;
