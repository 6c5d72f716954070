package io.sluice.transport;

import io.sluice.engine.loop.Poller;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** What a loop with sockets waits in. A ready key is served by the handler attached to it. */
public final class SelectorPoller implements Poller {

    private static final long NANOS_PER_MS = 1_000_000L;

    private final Selector selector;
    private final Consumer<SelectionKey> serve = this::serve;
    private BooleanSupplier endTurn = () -> false;
    private boolean moreToEnd;
    private @Nullable Runnable onAwake;

    /** Serves a ready, valid key on the loop's thread. */
    interface Ready {
        void ready(SelectionKey key);
    }

    public SelectorPoller() {
        try {
            selector = Selector.open();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot open a selector", e);
        }
    }

    /**
     * @param endOfTurn what was gathered in a turn is done in it; returns whether there is more, so
     *     that the loop must not sleep. On the loop.
     */
    void onEndOfTurn(BooleanSupplier endOfTurn) {
        this.endTurn = endOfTurn;
    }

    /** On the loop. */
    SelectionKey register(SelectableChannel channel, int interest, Ready handler)
            throws IOException {
        return channel.register(selector, interest, handler);
    }

    @Override
    public void beforeWait() {
        moreToEnd = endTurn.getAsBoolean();
    }

    @Override
    public void poll(long timeoutNanos, Runnable awake) throws IOException {
        onAwake = awake;
        if (timeoutNanos == 0 || moreToEnd) {
            selector.selectNow(serve);
        } else if (timeoutNanos < 0) {
            selector.select(serve);
        } else {
            // Rounded up: a wait that ends early would spin until its timer is due.
            long timeoutMs = (timeoutNanos + NANOS_PER_MS - 1) / NANOS_PER_MS;
            selector.select(serve, timeoutMs);
        }
        moreToEnd = endTurn.getAsBoolean();
    }

    private void serve(SelectionKey key) {
        if (onAwake != null) {
            onAwake.run();
            onAwake = null;
        }
        if (key.isValid()) {
            ((Ready) key.attachment()).ready(key);
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
