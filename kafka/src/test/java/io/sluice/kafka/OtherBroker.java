package io.sluice.kafka;

import io.sluice.core.controller.BrokerImage;
import io.sluice.core.model.Uuid;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
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

/**
 * Another broker, as far as the one that is tested sees it: answers ApiVersions in version 0, and
 * fetches with nothing, in the versions it has.
 */
final class OtherBroker implements AutoCloseable {

    /** A request as it came: which API, in which version. */
    record Came(ApiKeys api, short version) {}

    private static final int WAIT_SECONDS = 20;

    private final ServerSocket server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
    private final List<Came> came = new CopyOnWriteArrayList<>();
    private final Semaphore requests = new Semaphore(0);
    private final Semaphore answers = new Semaphore(Integer.MAX_VALUE);
    private final int lowest;
    private final int highest;

    OtherBroker(int lowest, int highest) throws IOException {
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
                requests.release();
                answers.acquire();
                socket.getOutputStream().write(answer(request, head.getInt()));
            }
        } catch (IOException | InterruptedException closed) {
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

    /** Takes what comes, and answers so many more. */
    void answersOnly(int count) {
        answers.drainPermits();
        answers.release(count);
    }

    /** Returns when so many requests more have come. */
    void awaitRequests(int count) throws InterruptedException {
        if (!requests.tryAcquire(count, WAIT_SECONDS, TimeUnit.SECONDS)) {
            throw new AssertionError("%d requests did not come: %s".formatted(count, came));
        }
    }

    List<Came> came() {
        return came;
    }

    BrokerImage image(int id, boolean fenced) {
        return new BrokerImage(
                id,
                1L,
                Uuid.ZERO,
                Optional.empty(),
                List.of(new BrokerImage.Endpoint("PLAINTEXT", "127.0.0.1", server.getLocalPort())),
                fenced);
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
