package io.sluice.transport;

import io.sluice.engine.loop.EventLoop;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A connection on its way to another broker. Owned by the loop that will own the connection. It
 * ends once: with a connection, or with a reason.
 */
final class Connecting implements SelectorPoller.Ready {

    private static final Logger LOG = LoggerFactory.getLogger(Connecting.class);

    private final LoopSockets owner;
    private final long id;
    private final InetSocketAddress address;
    private final Protocol protocol;
    private final Consumer<IOException> failed;
    private @Nullable SocketChannel socket;
    private EventLoop.@Nullable Timer timeout;

    Connecting(
            LoopSockets owner,
            long id,
            InetSocketAddress address,
            Protocol protocol,
            Consumer<IOException> failed) {
        this.owner = owner;
        this.id = id;
        this.address = address;
        this.protocol = protocol;
        this.failed = failed;
    }

    void begin(long timeoutMs) {
        try {
            SocketChannel channel = SocketChannel.open();
            socket = channel;
            channel.configureBlocking(false);
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            if (channel.connect(address)) {
                connected(channel);
                return;
            }
            owner.poller().register(channel, SelectionKey.OP_CONNECT, this);
            timeout =
                    owner.loop()
                            .schedule(
                                    timeoutMs,
                                    () ->
                                            end(
                                                    new IOException(
                                                            "no connection in %d ms"
                                                                    .formatted(timeoutMs))));
        } catch (IOException e) {
            end(e);
        }
    }

    @Override
    public void ready(SelectionKey key) {
        SocketChannel channel = socket;
        if (channel == null) {
            return;
        }
        try {
            if (channel.finishConnect()) {
                connected(channel);
            }
        } catch (IOException e) {
            end(e);
        }
    }

    private void connected(SocketChannel channel) {
        socket = null;
        if (timeout != null) {
            timeout.cancel();
        }
        if (!owner.adoptConnected(id, address, channel, protocol)) {
            end(new IOException("the broker stops"));
        }
    }

    private void end(IOException cause) {
        SocketChannel channel = socket;
        socket = null;
        if (timeout != null) {
            timeout.cancel();
        }
        if (channel != null) {
            try {
                channel.close();
            } catch (IOException e) {
                LOG.debug("closing what did not connect to {}", address, e);
            }
        }
        failed.accept(new IOException("%s: %s".formatted(address, cause.getMessage()), cause));
    }
}
