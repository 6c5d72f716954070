package io.sluice.transport;

import io.sluice.engine.loop.Poller;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.Pipe;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What a loop with sockets waits in. A ready key is served by the handler attached to it.
 *
 * <p>It is woken through a pipe that it reads as it reads its sockets. {@link Selector#wakeup}
 * holds a lock while it makes the system call, and who was woken by it waits for that lock first:
 * two switches of threads for nothing, on every way from one loop to another.
 */
public final class SelectorPoller implements Poller {

    private static final long NANOS_PER_MS = 1_000_000L;
    private static final ByteBuffer WAKE = ByteBuffer.allocateDirect(1).asReadOnlyBuffer();
    private static final int WAKES_READ = 64;

    private final Selector selector;
    private final Pipe wakes;
    private final ByteBuffer read = ByteBuffer.allocateDirect(WAKES_READ);
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
            wakes = Pipe.open();
            wakes.sink().configureBlocking(false);
            wakes.source().configureBlocking(false);
            register(wakes.source(), SelectionKey.OP_READ, this::woken);
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

    private void woken(SelectionKey key) {
        try {
            wakes.source().read(read.clear());
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read from the pipe that wakes the loop", e);
        }
    }

    @Override
    public void wakeup() {
        try {
            wakes.sink().write(WAKE.duplicate());
        } catch (IOException e) {
            selector.wakeup(); // as the last one before the end
        }
    }

    @Override
    public void close() throws IOException {
        selector.close();
        wakes.source().close();
        wakes.sink().close();
    }
}
