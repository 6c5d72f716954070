/**
 * Sockets: NIO selector loops that are the event loops, listeners, and connections that carry
 * frames in and byte runs and file regions out. The only module that touches a socket.
 *
 * <p>Start reading at {@link io.sluice.transport.Connection} and {@link
 * io.sluice.transport.Protocol}, the two sides of a door.
 */
@NullMarked
package io.sluice.transport;

import org.jspecify.annotations.NullMarked;
