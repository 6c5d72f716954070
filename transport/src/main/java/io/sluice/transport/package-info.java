/**
 * Sockets: NIO selector loops that are the event loops, listeners, and connections that carry
 * frames in and byte runs and file regions out. The only module that touches a socket.
 *
 * <p>Start reading at {@link io.sluice.transport.Connection} and {@link
 * io.sluice.transport.Protocol}, the two sides of a door; then {@link
 * io.sluice.transport.TransportServer}. May import {@code core} and {@code engine}.
 *
 * <h2>A turn of a loop</h2>
 *
 * <ol>
 *   <li>Tasks of the mailbox and timers that are due; what they write is queued.
 *   <li>What is queued is sent, one system call for each connection that has something.
 *   <li>The selector waits, or only looks when there is more to do. Ready connections are read:
 *       frames are cut and handled in line, and a connection's own answers are sent at the end of
 *       its reading. What the handlers queued on other connections is sent after the last.
 * </ol>
 *
 * <h2>System calls (counted on Linux with strace, plaintext, one busy connection)</h2>
 *
 * <table>
 * <caption>For each request; the storage's own calls are not counted</caption>
 * <tr><td>produce, 16 KB, 1 in flight</td><td>epoll_wait, read, write: 3</td></tr>
 * <tr><td>produce, 16 KB, 5 in flight</td><td>epoll_wait, read, writev, each for all five: 0.6</td></tr>
 * <tr><td>produce, 1 MB, 1 in flight</td><td>epoll_wait, read, readv, epoll_wait, write: 5</td></tr>
 * <tr><td>fetch, 128 KB, 1 in flight</td><td>epoll_wait, read, write (header), sendfile: 4; the
 * JDK adds an fstat and a vain copy_file_range to each sendfile</td></tr>
 * </table>
 *
 * <p>A frame costs one copy, from the loop's scratch buffer, of what one read brought of it (up to
 * 128 KB); the rest of a large frame is read where it stays. Heap: 168 bytes for a request, echo
 * handler included. The interest of a key changes only when the socket is full or reading stops.
 *
 * <h2>Where TLS enters</h2>
 *
 * {@link io.sluice.transport.Wire} stands between a connection and its socket; frames, queues and
 * limits do not know which wire they have.
 */
@NullMarked
package io.sluice.transport;

import org.jspecify.annotations.NullMarked;
