package io.sluice.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.core.controller.BrokerImage;
import io.sluice.core.model.TopicPartition;
import io.sluice.core.model.Uuid;
import io.sluice.engine.fake.MemoryMetadata;
import io.sluice.engine.loop.Completion;
import io.sluice.engine.loop.PooledIoThreads;
import io.sluice.engine.loop.SystemClock;
import io.sluice.engine.loop.ThreadEventLoop;
import io.sluice.engine.replication.ReplicaFetchRequest;
import io.sluice.engine.replication.ReplicaFetchRequest.PartitionFetch;
import io.sluice.engine.replication.ReplicaFetchResponse;
import io.sluice.kafka.peer.PeerConnections;
import io.sluice.kafka.peer.ReplicaPeers;
import io.sluice.transport.SelectorPoller;
import io.sluice.transport.TransportServer;
import io.sluice.transport.TransportSettings;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.message.ApiVersionsResponseData;
import org.apache.kafka.common.message.ApiVersionsResponseData.ApiVersion;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.ResponseHeaderData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.MessageSizeAccumulator;
import org.apache.kafka.common.protocol.ObjectSerializationCache;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A broker that asks one which knows fewer versions, as in the midst of a rolling upgrade. */
final class PeerVersionsTest {

    private static final int PEER = 2;
    private static final int WAIT_SECONDS = 20;

    private final ThreadEventLoop loop =
            new ThreadEventLoop("loop", new SelectorPoller(), SystemClock.INSTANCE, defect -> {});
    private final PooledIoThreads io = new PooledIoThreads(1, 1, 1);
    private final TransportServer transport =
            new TransportServer(List.of(loop), TransportSettings.DEFAULT);
    private final MemoryMetadata metadata = new MemoryMetadata(loop);
    private final ReplicaPeers peers =
            new ReplicaPeers(new PeerConnections("PLAINTEXT", metadata, transport, io));

    PeerVersionsTest() {
        loop.start();
        transport.start();
    }

    @AfterEach
    void stop() throws Exception {
        transport.close(0);
        loop.close();
        io.close();
    }

    /** A request as it came: which API, in which version. */
    private record Came(ApiKeys api, short version) {}

    /** Answers ApiVersions in version 0, and fetches with nothing, in the versions it has. */
    private static final class OlderBroker implements AutoCloseable {
        private final ServerSocket server =
                new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
        private final List<Came> came = new CopyOnWriteArrayList<>();
        private final int lowest;
        private final int highest;

        OlderBroker(int lowest, int highest) throws IOException {
            this.lowest = lowest;
            this.highest = highest;
            Thread.ofVirtual().start(this::accept);
        }

        private void accept() {
            try {
                while (true) {
                    Socket socket = server.accept();
                    Thread.ofVirtual().start(() -> serve(socket));
                }
            } catch (IOException closed) {
                // the test is over
            }
        }

        private void serve(Socket socket) {
            try (socket) {
                DataInputStream in = new DataInputStream(socket.getInputStream());
                while (true) {
                    byte[] frame = new byte[in.readInt()];
                    in.readFully(frame);
                    ByteBuffer head = ByteBuffer.wrap(frame);
                    Came request = new Came(ApiKeys.forId(head.getShort()), head.getShort());
                    came.add(request);
                    socket.getOutputStream().write(answer(request, head.getInt()));
                }
            } catch (IOException closed) {
                // the other side went
            }
        }

        private byte[] answer(Came request, int correlation) {
            ApiMessage body =
                    request.api == ApiKeys.API_VERSIONS
                            ? new ApiVersionsResponseData()
                                    .setApiKeys(
                                            new ApiVersionsResponseData.ApiVersionCollection(
                                                    List.of(fetch()).iterator()))
                            : new FetchResponseData();
            short headVersion = request.api.responseHeaderVersion(request.version);
            ResponseHeaderData head = new ResponseHeaderData().setCorrelationId(correlation);
            ObjectSerializationCache cache = new ObjectSerializationCache();
            MessageSizeAccumulator size = new MessageSizeAccumulator();
            head.addSize(size, cache, headVersion);
            body.addSize(size, cache, request.version);
            ByteBuffer frame = ByteBuffer.allocate(4 + size.totalSize());
            frame.putInt(size.totalSize());
            ByteBufferAccessor out = new ByteBufferAccessor(frame);
            head.write(out, cache, headVersion);
            body.write(out, cache, request.version);
            return frame.array();
        }

        private ApiVersion fetch() {
            return new ApiVersion()
                    .setApiKey(ApiKeys.FETCH.id)
                    .setMinVersion((short) lowest)
                    .setMaxVersion((short) highest);
        }

        @Override
        public void close() {
            try {
                server.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private void register(OlderBroker broker) {
        metadata.register(
                new BrokerImage(
                        PEER,
                        1L,
                        Uuid.ZERO,
                        Optional.empty(),
                        List.of(
                                new BrokerImage.Endpoint(
                                        "PLAINTEXT", "127.0.0.1", broker.server.getLocalPort())),
                        false));
    }

    private CompletableFuture<ReplicaFetchResponse> fetch() {
        PartitionFetch partition =
                new PartitionFetch(
                        new TopicPartition("t", 0), new Uuid(7, 1), 3, 10, 2, 9, 0, 1 << 20);
        CompletableFuture<ReplicaFetchResponse> answer = new CompletableFuture<>();
        peers.fetch(
                PEER,
                new ReplicaFetchRequest(1, 5L, null, 100, 1 << 20, List.of(partition)),
                loop,
                Completion.of(
                        response -> answer.complete(response),
                        fault -> answer.completeExceptionally(fault)));
        return answer;
    }

    @Test
    void itIsAskedOnceAndThenInTheHighestVersionThatBothKnow() throws Exception {
        try (OlderBroker older = new OlderBroker(4, 16)) {
            register(older);
            for (int i = 0; i < 3; i++) {
                assertThat(fetch().get(WAIT_SECONDS, TimeUnit.SECONDS).partitions()).isEmpty();
            }
            Came fetch = new Came(ApiKeys.FETCH, (short) 16);
            assertThat(older.came)
                    .containsExactly(
                            new Came(ApiKeys.API_VERSIONS, (short) 0), fetch, fetch, fetch);
        }
    }

    @Test
    void aNewerBrokerIsAskedInTheHighestVersionThatThisOneKnows() throws Exception {
        try (OlderBroker newer = new OlderBroker(17, 99)) {
            register(newer);
            fetch().get(WAIT_SECONDS, TimeUnit.SECONDS);
            assertThat(newer.came).contains(new Came(ApiKeys.FETCH, (short) 18));
        }
    }

    @Test
    void withoutACommonVersionNothingIsSentAndTheReasonIsTold() throws Exception {
        try (OlderBroker older = new OlderBroker(4, 14)) {
            register(older);
            for (int i = 0; i < 2; i++) {
                assertThatThrownBy(() -> fetch().get(WAIT_SECONDS, TimeUnit.SECONDS))
                        .isInstanceOf(ExecutionException.class)
                        .hasMessageContaining("FETCH in versions 4 to 14")
                        .hasMessageContaining("15 to 18");
            }
            assertThat(older.came).containsExactly(new Came(ApiKeys.API_VERSIONS, (short) 0));
        }
    }
}
