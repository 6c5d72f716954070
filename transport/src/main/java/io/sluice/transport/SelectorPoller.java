package io.sluice.transport;

import io.sluice.engine.loop.Poller;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;

/** What a loop with sockets waits in. A ready key is served by the handler attached to it. */
public final class SelectorPoller implements Poller {

    private static final long NANOS_PER_MS = 1_000_000L;

    private final Selector selector;

    /** Serves a ready key on the loop's thread. */
    interface Ready {
        void ready(SelectionKey key) throws IOException;
    }

    public SelectorPoller() {
        try {
            selector = Selector.open();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot open a selector", e);
        }
    }

    SelectionKey register(SelectableChannel channel, int interest, Ready handler)
            throws IOException {
        return channel.register(selector, interest, handler);
    }

    @Override
    public void poll(long timeoutNanos) throws IOException {
        if (timeoutNanos == 0) {
            selector.selectNow(SelectorPoller::serve);
        } else if (timeoutNanos < 0) {
            selector.select(SelectorPoller::serve);
        } else {
            // Rounded up: a wait that ends early would spin until its timer is due.
            long timeoutMs = (timeoutNanos + NANOS_PER_MS - 1) / NANOS_PER_MS;
            selector.select(SelectorPoller::serve, timeoutMs);
        }
    }

    private static void serve(SelectionKey key) {
        try {
            ((Ready) key.attachment()).ready(key);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void wakeup() {
        selector.wakeup();
    }

    @Override
    public void close() throws IOException {
        selector.close();
    }
}
