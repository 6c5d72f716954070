package io.sluice.kafka.peer;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.controller.BrokerImage;
import io.sluice.core.controller.ClusterImage;
import io.sluice.core.controller.ControllerCommand;
import io.sluice.core.controller.ControllerCommand.BrokerEpoch;
import io.sluice.core.controller.ControllerReply;
import io.sluice.core.model.Uuid;
import io.sluice.engine.loop.EventLoop;
import io.sluice.engine.loop.PooledIoThreads;
import io.sluice.engine.loop.SystemClock;
import io.sluice.engine.loop.ThreadEventLoop;
import io.sluice.engine.metadata.Metadata;
import io.sluice.engine.metadata.Quorum;
import io.sluice.transport.SelectorPoller;
import io.sluice.transport.TransportServer;
import io.sluice.transport.TransportSettings;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class PeerPresenceTest {

    private static final int SELF = 1;
    private static final int OTHER = 2;
    private static final int NEVER_THERE = 3;
    private static final long EPOCH = 7;
    private static final String LISTENER = "PLAINTEXT";
    private static final int PATIENCE_SECONDS = 60;

    private final BlockingQueue<BrokerEpoch> gone = new LinkedBlockingQueue<>();
    private final PooledIoThreads io = new PooledIoThreads(1, 1, 1);
    private final ThreadEventLoop loop =
            new ThreadEventLoop("loop", new SelectorPoller(), SystemClock.INSTANCE, defect -> {});
    private final Images images = new Images();
    private TransportServer transport;

    @BeforeEach
    void start() throws IOException {
        transport = new TransportServer(List.of(loop), TransportSettings.DEFAULT);
        loop.start();
        transport.start();
        new PeerPresence(SELF, LISTENER, loop, transport, io, gone::add).start(images);
    }

    @AfterEach
    void stop() throws Exception {
        transport.close();
        loop.close();
        io.close();
    }

    private static ServerSocket listening() throws IOException {
        ServerSocket socket = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
        socket.setSoTimeout(PATIENCE_SECONDS * 1_000);
        return socket;
    }

    private static BrokerImage broker(int id, String host, int port) {
        return new BrokerImage(
                id,
                EPOCH,
                new Uuid(1, id),
                Optional.empty(),
                List.of(new BrokerImage.Endpoint(LISTENER, host, port)),
                false);
    }

    private BrokerEpoch told() throws InterruptedException {
        BrokerEpoch one = gone.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
        assertThat(one).isNotNull();
        return one;
    }

    @Test
    void aBrokerThatClosesAndRefusesIsGone() throws Exception {
        ServerSocket other = listening();
        images.show(broker(OTHER, "127.0.0.1", other.getLocalPort()));
        Socket accepted = other.accept();
        other.close();
        accepted.close();
        assertThat(told()).isEqualTo(new BrokerEpoch(OTHER, EPOCH));
    }

    @Test
    void itIsFoundByItsNameToo() throws Exception {
        ServerSocket other = listening();
        images.show(broker(OTHER, "localhost", other.getLocalPort()));
        Socket accepted = other.accept();
        other.close();
        accepted.close();
        assertThat(told()).isEqualTo(new BrokerEpoch(OTHER, EPOCH));
    }

    @Test
    void whoClosesButAcceptsLives() throws Exception {
        try (ServerSocket other = listening()) {
            images.show(broker(OTHER, "127.0.0.1", other.getLocalPort()));
            other.accept().close();
            try (Socket again = other.accept()) {
                assertThat(again.isConnected()).isTrue();
            }
            assertThat(gone).isEmpty();
        }
    }

    @Test
    void whoWasNeverReachedIsNotSaidToBeGone() throws Exception {
        ServerSocket closed = listening();
        closed.close();
        ServerSocket other = listening();
        images.show(
                broker(NEVER_THERE, "127.0.0.1", closed.getLocalPort()),
                broker(OTHER, "127.0.0.1", other.getLocalPort()));
        Socket accepted = other.accept();
        other.close();
        accepted.close();
        for (int i = 0; i < 3; i++) {
            assertThat(told().brokerId()).isEqualTo(OTHER);
        }
    }

    @Test
    void aBrokerThatIsFencedIsWatchedNoMore() throws Exception {
        try (ServerSocket other = listening()) {
            images.show(broker(OTHER, "127.0.0.1", other.getLocalPort()));
            try (Socket accepted = other.accept()) {
                images.show();
                assertThat(accepted.getInputStream().read()).isEqualTo(-1);
            }
            assertThat(gone).isEmpty();
        }
    }

    /** Images as the test shows them. */
    private static final class Images implements Metadata {
        private volatile ClusterImage image = ClusterImage.EMPTY;
        private volatile ImageListener listener = (before, after) -> {};

        void show(BrokerImage... brokers) {
            SortedMap<Integer, BrokerImage> all = new TreeMap<>();
            for (BrokerImage one : brokers) {
                all.put(one.id(), one);
            }
            ClusterImage before = image;
            image =
                    new ClusterImage(
                            before.index() + 1,
                            Uuid.ZERO,
                            Collections.unmodifiableSortedMap(all),
                            before.topics(),
                            before.topicsById(),
                            before.brokerConfigs(),
                            before.groupConfigs(),
                            0L);
            listener.imageChanged(before, image);
        }

        @Override
        public ClusterImage image() {
            return image;
        }

        @Override
        public void subscribe(ImageListener one) {
            listener = one;
        }

        @Override
        public void submit(
                ControllerCommand command, EventLoop replyOn, Consumer<ControllerReply> reply) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void quorum(EventLoop replyOn, Consumer<Quorum> reply) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void catchUp(EventLoop replyOn, Consumer<Boolean> reply) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void changeVoter(
                int broker,
                boolean votes,
                EventLoop replyOn,
                Consumer<ControllerReply.Outcome> reply) {
            throw new UnsupportedOperationException();
        }
    }
}
