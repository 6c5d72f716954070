package io.sluice.kafka.peer;

import io.sluice.core.controller.BrokerImage;
import io.sluice.core.controller.ClusterImage;
import io.sluice.engine.loop.Completion;
import io.sluice.engine.loop.EventLoop;
import io.sluice.engine.loop.IoThreads;
import io.sluice.engine.metadata.Metadata;
import io.sluice.transport.TransportServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Connections to the other brokers, made when they are needed: for each event loop, broker and lane
 * one. The other broker is asked first which versions it serves ({@link PeerVersions}). What is
 * asked while a connection is on its way waits for it, up to a bound.
 *
 * <p>A broker that the cluster counts on no more gets a moment to answer; then its connections are
 * closed, and what waits for it fails: others do its work, and a machine that stands still would
 * hold a question until its time is over.
 */
public final class PeerConnections {

    /** Requests that may wait for one connection; one more fails. */
    static final int MAX_WAITING = 10_000;

    private static final long CONNECT_TIMEOUT_MS = 3_000;

    /** One that stops in order is fenced before its last answers. */
    private static final long LAST_ANSWERS_MS = 1_000;

    private final Addresses addresses;
    private final Metadata metadata;
    private final TransportServer transport;
    private final Map<EventLoop, Map<Key, Link>> byLoop = new ConcurrentHashMap<>();

    /** Requests of one lane are answered one after the other; lanes do not wait for each other. */
    public enum Lane {
        /** Fetches of replicas, which wait for records. */
        RECORDS,
        /** What replicas tell meanwhile. */
        TELLING,
        /** What is answered once it is committed. */
        COMMITS,
        /** What queues remember, which nothing else may hold up. */
        QUEUES,
        /** All else that brokers ask each other. */
        CALLS
    }

    private record Key(int brokerId, Lane lane) {}

    /** A request that waits for its connection. */
    private record Waiting(PeerRequest request, Completion<PeerAnswer> done) {}

    /**
     * @param listener whose endpoint of another broker is connected to (inter.broker.listener.name)
     */
    public PeerConnections(
            String listener, Metadata metadata, TransportServer transport, IoThreads io) {
        this.addresses = new Addresses(listener, io);
        this.metadata = metadata;
        this.transport = transport;
        metadata.subscribe(this::changed);
    }

    private void changed(ClusterImage before, ClusterImage after) {
        if (before.brokers() == after.brokers()) {
            return;
        }
        for (BrokerImage one : before.brokers().values()) {
            if (!one.fenced() && !serves(one.id(), after)) {
                byLoop.forEach((loop, links) -> loop.execute(() -> letGo(one.id(), loop, links)));
            }
        }
    }

    private static boolean serves(int brokerId, ClusterImage image) {
        BrokerImage broker = image.brokers().get(brokerId);
        return broker != null && !broker.fenced();
    }

    private void letGo(int brokerId, EventLoop loop, Map<Key, Link> links) {
        loop.schedule(
                LAST_ANSWERS_MS,
                () ->
                        links.forEach((key, link) -> {
                            if (key.brokerId == brokerId && !serves(brokerId, metadata.image())) {
                                link.close("broker %d does not serve".formatted(brokerId));
                            }
                        }));
    }

    /**
     * Asks another broker. Called on the loop, where the answer comes.
     *
     * @param done once; fails if the broker is not known, not reached, serves no version that both
     *     know, or does not answer in time
     */
    public void send(
            EventLoop loop,
            int brokerId,
            Lane lane,
            PeerRequest request,
            Completion<PeerAnswer> done) {
        byLoop.computeIfAbsent(loop, l -> new HashMap<>())
                .computeIfAbsent(new Key(brokerId, lane), key -> new Link(loop, brokerId))
                .send(request, done);
    }

    /** The way to one broker from one loop; owned by the loop. */
    private final class Link {
        private final EventLoop loop;
        private final int brokerId;
        private final Deque<Waiting> waiting = new ArrayDeque<>();
        private @Nullable PeerConnection open;
        private @Nullable PeerConnection newest;
        private boolean connecting;

        Link(EventLoop loop, int brokerId) {
            this.loop = loop;
            this.brokerId = brokerId;
        }

        void send(PeerRequest request, Completion<PeerAnswer> done) {
            if (open != null && waiting.isEmpty()) {
                open.send(request, done);
            } else if (waiting.size() >= MAX_WAITING) {
                done.failed(
                        new IOException(
                                "%d requests wait for broker %d".formatted(MAX_WAITING, brokerId)));
            } else {
                waiting.addLast(new Waiting(request, done));
                if (open == null) {
                    connect();
                }
            }
        }

        private void connect() {
            if (connecting) {
                return;
            }
            connecting = true;
            BrokerImage broker = metadata.image().brokers().get(brokerId);
            Optional<BrokerImage.Endpoint> endpoint =
                    broker == null ? Optional.empty() : addresses.endpoint(broker);
            if (endpoint.isEmpty()) {
                // Not at once: whoever asked has work to end.
                loop.post(() ->
                        failed(
                                new IOException(
                                        "broker %d is not registered with a listener %s"
                                                .formatted(brokerId, addresses.listener()))));
            } else {
                resolve(endpoint.get());
            }
        }

        private void resolve(BrokerImage.Endpoint endpoint) {
            addresses.resolve(
                    endpoint,
                    loop,
                    Completion.of(address -> connect(address), fault -> Link.this.failed(fault)));
        }

        private void connect(InetSocketAddress address) {
            PeerConnection made = new PeerConnection(loop, () -> open = null);
            newest = made;
            transport.connect(
                    loop,
                    address,
                    CONNECT_TIMEOUT_MS,
                    new PeerProtocol(made, () -> connected(made)),
                    fault -> loop.post(() -> failed(fault)));
        }

        private void connected(PeerConnection made) {
            loop.post(() ->
                    made.greet(
                            Completion.of(
                                    greeted -> greeted(greeted),
                                    fault -> Link.this.failed(fault))));
        }

        private void greeted(PeerConnection made) {
            connecting = false;
            open = made;
            while (!waiting.isEmpty() && open != null) {
                Waiting next = waiting.removeFirst();
                open.send(next.request, next.done);
            }
            if (!waiting.isEmpty()) {
                connect();
            }
        }

        /** Also before the other broker has said what it serves. */
        void close(String reason) {
            if (newest != null) {
                newest.close(reason);
            }
        }

        private void failed(IOException fault) {
            connecting = false;
            IOException cause =
                    new IOException(
                            "broker %d cannot be asked: %s".formatted(brokerId, fault.getMessage()),
                            fault);
            for (int left = waiting.size(); left > 0; left--) {
                waiting.removeFirst().done.failed(cause);
            }
        }
    }
}
