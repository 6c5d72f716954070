package io.sluice.broker;

import io.sluice.core.config.Listener;
import io.sluice.http.HttpDoor;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

/**
 * When the HTTP listener opens: behind the one for clients, who are not to wait for it; but after a
 * second in any case, so that whoever watches a long start sees that there is one.
 */
final class ToolDoor {

    private static final long PATIENCE_MS = 1_000;

    private final Listener listener;
    private final HttpDoor door;
    private final CountDownLatch clientsServed = new CountDownLatch(1);
    private final CompletableFuture<Integer> port = new CompletableFuture<>();

    ToolDoor(Listener listener, HttpDoor door) {
        this.listener = listener;
        this.door = door;
    }

    private InetSocketAddress address() {
        return listener.host().isEmpty()
                ? new InetSocketAddress(listener.port())
                : new InetSocketAddress(listener.host(), listener.port());
    }

    /**
     * Will open it.
     *
     * @throws IOException if it can be known now that it cannot be opened
     */
    void begin() throws IOException {
        try {
            HttpDoor.check(address());
        } catch (IOException e) {
            throw refused(e);
        }
        Thread.ofPlatform().daemon().name("sluice-http-start").start(this::open);
    }

    private IOException refused(IOException e) {
        return new IOException(
                "cannot listen at %s (%s): stop what uses the port, or choose another in"
                                .formatted(listener, e.getMessage())
                        + " sluice.http.listener",
                e);
    }

    private void open() {
        try {
            clientsServed.await(PATIENCE_MS, TimeUnit.MILLISECONDS);
            port.complete(door.open(address()));
        } catch (IOException e) {
            port.completeExceptionally(refused(e));
        } catch (RuntimeException | Error e) {
            port.completeExceptionally(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            port.completeExceptionally(e);
        }
    }

    /** Clients are served: opens it now, and waits until it is open. */
    void clientsServed() throws IOException {
        clientsServed.countDown();
        try {
            port.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException fault) {
                throw fault;
            }
            throw new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    /** Host and port, once it is open. */
    String at() {
        String host = listener.isWildcard() ? "127.0.0.1" : listener.host();
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + port.join();
    }

    void close() {
        clientsServed.countDown();
        door.close();
    }
}
