/**
 * Event loops: who runs what, and when.
 *
 * <p>Start reading at {@link io.sluice.engine.loop.EventLoop}. What a loop owns is touched by that
 * loop alone; everything else reaches it through its mailbox. {@link
 * io.sluice.engine.loop.ThreadEventLoop} and {@link io.sluice.engine.loop.PooledIoThreads} are for
 * production; {@link io.sluice.engine.loop.CallerDrivenScheduler}, with its loops, I/O and clock,
 * is the same for tests and simulation, in one thread and virtual time. One contract test holds
 * both loops. May import {@code core}.
 */
@NullMarked
package io.sluice.engine.loop;

import org.jspecify.annotations.NullMarked;
