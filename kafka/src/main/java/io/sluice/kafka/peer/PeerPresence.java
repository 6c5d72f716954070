package io.sluice.kafka.peer;

import io.sluice.core.controller.BrokerImage;
import io.sluice.core.controller.ClusterImage;
import io.sluice.core.controller.ControllerCommand.BrokerEpoch;
import io.sluice.engine.loop.Completion;
import io.sluice.engine.loop.EventLoop;
import io.sluice.engine.loop.IoThreads;
import io.sluice.engine.metadata.Metadata;
import io.sluice.transport.Connection;
import io.sluice.transport.ConnectionHandler;
import io.sluice.transport.Frame;
import io.sluice.transport.Protocol;
import io.sluice.transport.TransportServer;
import java.io.IOException;
import java.net.ConnectException;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Notices at once when the process of another broker has ended. Its lease would tell after seconds;
 * but the system of its machine closes the connections of a process that ends, and refuses new
 * ones. So this broker keeps a connection to each that serves, over which nothing is said.
 *
 * <pre>
 *   REACHING ──connected──▶ REACHED ──closed──▶ LOST ──refused, twice──▶ told that it is gone
 *                              ▲                  │                          and asked again
 *                              └────connected─────┘
 * </pre>
 *
 * <p>Only a run that was reached before can be gone, and only a refusal tells so: who is silent may
 * live, behind a network that is cut or on a machine that stands still, and has its lease. To fence
 * one that lives would do no harm but a change of leaders; its next heartbeat brings it back.
 *
 * <p>Owned by the loop it is made with.
 */
public final class PeerPresence {

    private static final long CONNECT_TIMEOUT_MS = 3_000;

    /** Between two refusals, and between tellings. */
    private static final long AGAIN_MS = 20;

    /** Until a broker that was not reached is tried again. */
    private static final long PATIENT_MS = 1_000;

    private static final int REFUSALS = 2;

    private final int self;
    private final Addresses addresses;
    private final EventLoop loop;
    private final TransportServer transport;
    private final Consumer<BrokerEpoch> gone;
    private final Map<Integer, Watched> watched = new HashMap<>();
    private boolean stopped;

    /**
     * @param listener whose endpoint of another broker is connected to (inter.broker.listener.name)
     * @param gone told on the loop, perhaps several times, of a run of a broker that is over
     */
    public PeerPresence(
            int self,
            String listener,
            EventLoop loop,
            TransportServer transport,
            IoThreads io,
            Consumer<BrokerEpoch> gone) {
        this.self = self;
        this.addresses = new Addresses(listener, io);
        this.loop = loop;
        this.transport = transport;
        this.gone = gone;
    }

    /** Begins to watch, whoever serves by then. */
    public void start(Metadata metadata) {
        metadata.subscribe((before, after) -> {
            if (before.brokers() != after.brokers()) {
                loop.execute(() -> watch(after));
            }
        });
    }

    private void watch(ClusterImage image) {
        watched.values().removeIf(one -> !one.isOf(image.brokers().get(one.run.brokerId())));
        for (BrokerImage broker : image.brokers().values()) {
            if (broker.id() != self && !broker.fenced() && !watched.containsKey(broker.id())) {
                addresses
                        .endpoint(broker)
                        .ifPresent(endpoint -> {
                            Watched one =
                                    new Watched(
                                            new BrokerEpoch(broker.id(), broker.epoch()), endpoint);
                            watched.put(broker.id(), one);
                            one.connect();
                        });
            }
        }
    }

    /** One run of a broker. */
    private final class Watched {
        private final BrokerEpoch run;
        private final BrokerImage.Endpoint endpoint;
        private @Nullable Connection connection;
        private boolean reached;
        private int refusals;

        Watched(BrokerEpoch run, BrokerImage.Endpoint endpoint) {
            this.run = run;
            this.endpoint = endpoint;
        }

        /** Whether that is still so; closes the connection if not. */
        boolean isOf(@Nullable BrokerImage now) {
            boolean same = now != null && now.epoch() == run.epoch() && !now.fenced();
            if (!same && connection != null) {
                connection.close("the broker serves no more");
            }
            return same;
        }

        private boolean isWatched() {
            return watched.get(run.brokerId()) == this;
        }

        void connect() {
            if (isWatched() && !stopped) {
                addresses.resolve(
                        endpoint,
                        loop,
                        Completion.of(
                                address ->
                                        transport.connect(
                                                loop,
                                                address,
                                                CONNECT_TIMEOUT_MS,
                                                new Silence(Watched.this),
                                                fault -> Watched.this.failed(fault)),
                                fault -> Watched.this.failed(fault)));
            }
        }

        void connected(Connection to) {
            connection = to;
            reached = true;
            refusals = 0;
            if (!isWatched()) {
                to.close("the broker serves no more");
            }
        }

        void stop() {
            stopped = true;
            if (connection != null) {
                connection.close("the broker stops");
            }
        }

        void closed() {
            connection = null;
            // Not inside the connection that ends.
            loop.post(this::connect);
        }

        private void failed(IOException fault) {
            boolean refused = reached && isRefusal(fault);
            refusals = refused ? refusals + 1 : 0;
            if (refusals >= REFUSALS && isWatched()) {
                gone.accept(run);
            }
            loop.schedule(refused ? AGAIN_MS * refusals : PATIENT_MS, this::connect);
        }
    }

    private static boolean isRefusal(IOException fault) {
        return fault.getCause() instanceof ConnectException cause
                && String.valueOf(cause.getMessage()).startsWith("Connection refused");
    }

    /** A connection over which neither side says anything. */
    private record Silence(Watched watched) implements Protocol, ConnectionHandler {

        @Override
        public int prefixSize() {
            return Integer.BYTES;
        }

        @Override
        public int frameSize(ByteBuffer bytes) throws MalformedFrameException {
            throw new MalformedFrameException("an answer to nothing");
        }

        @Override
        public ConnectionHandler connected(Connection connection) {
            watched.connected(connection);
            return this;
        }

        @Override
        public void received(Frame frame) {
            frame.release();
        }

        @Override
        public void closed(String reason) {
            watched.closed();
        }

        @Override
        public void shutdown() {
            watched.stop();
        }
    }
}
