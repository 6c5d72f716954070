package io.sluice.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.util.Map;
import org.apache.kafka.common.message.CreateTopicsRequestData;
import org.apache.kafka.common.message.CreateTopicsResponseData;
import org.apache.kafka.common.message.RequestHeaderData;
import org.apache.kafka.common.message.ResponseHeaderData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.protocol.MessageSizeAccumulator;
import org.apache.kafka.common.protocol.ObjectSerializationCache;

/** A client that sends what it is told to, in any version, and reads one answer after the other. */
final class RawClient implements AutoCloseable {

    private static final int TIMEOUT_MS = 15_000;

    private final Socket socket;
    private final DataInputStream in;
    private final OutputStream out;
    private int nextCorrelation = 100;

    RawClient(InetSocketAddress address) throws IOException {
        socket = new Socket();
        socket.connect(address, TIMEOUT_MS);
        socket.setSoTimeout(TIMEOUT_MS);
        socket.setTcpNoDelay(true);
        in = new DataInputStream(socket.getInputStream());
        out = socket.getOutputStream();
    }

    /** Sends a request and reads its answer. */
    <M extends ApiMessage> M call(ApiKeys api, int version, ApiMessage request, Class<M> type)
            throws IOException {
        int correlation = send(api, version, request);
        return receive(api, version, correlation, type);
    }

    /** Sends a request; returns its correlation id. */
    int send(ApiKeys api, int version, ApiMessage request) throws IOException {
        int correlation = nextCorrelation++;
        sendBytes(frame(api, (short) version, correlation, request));
        return correlation;
    }

    void sendBytes(byte[] bytes) throws IOException {
        out.write(bytes);
        out.flush();
    }

    /** Nothing more will be sent; answers are still read. */
    void endOutput() throws IOException {
        socket.shutdownOutput();
    }

    /** A whole frame, length first. */
    static byte[] frame(ApiKeys api, short version, int correlation, ApiMessage request) {
        RequestHeaderData header =
                new RequestHeaderData()
                        .setRequestApiKey(api.id)
                        .setRequestApiVersion(version)
                        .setCorrelationId(correlation)
                        .setClientId("raw");
        short headerVersion = api.requestHeaderVersion(version);
        ObjectSerializationCache cache = new ObjectSerializationCache();
        MessageSizeAccumulator size = new MessageSizeAccumulator();
        header.addSize(size, cache, headerVersion);
        request.addSize(size, cache, version);
        ByteBuffer buffer = ByteBuffer.allocate(4 + size.totalSize());
        buffer.putInt(size.totalSize());
        ByteBufferAccessor writable = new ByteBufferAccessor(buffer);
        header.write(writable, cache, headerVersion);
        request.write(writable, cache, version);
        return buffer.array();
    }

    /** Reads the next answer and checks that it is the one to that request. */
    <M extends ApiMessage> M receive(ApiKeys api, int version, int correlation, Class<M> type)
            throws IOException {
        ByteBufferAccessor readable = new ByteBufferAccessor(receiveBytes());
        ResponseHeaderData header =
                new ResponseHeaderData(readable, api.responseHeaderVersion((short) version));
        assertThat(header.correlationId()).isEqualTo(correlation);
        ApiMessage response = api.messageType.newResponse();
        response.read(readable, (short) version);
        assertThat(readable.remaining()).as("bytes left over in %s v%d", api, version).isZero();
        return type.cast(response);
    }

    /** The next frame without its length. */
    ByteBuffer receiveBytes() throws IOException {
        byte[] frame = new byte[in.readInt()];
        in.readFully(frame);
        return ByteBuffer.wrap(frame);
    }

    /** Whether nothing comes for so long. */
    boolean isSilent(int millis) throws IOException {
        socket.setSoTimeout(millis);
        try {
            int read = in.read();
            assertThat(read).as("the connection ended").isNotEqualTo(-1);
            return false;
        } catch (SocketTimeoutException e) {
            return true;
        } finally {
            socket.setSoTimeout(TIMEOUT_MS);
        }
    }

    /** Whether the broker ends the connection, orderly or by a reset. */
    boolean isEnded() {
        try {
            return in.read() < 0;
        } catch (SocketTimeoutException e) {
            return false;
        } catch (IOException e) {
            return true;
        }
    }

    void createTopic(String name, int partitions, Map<String, String> configs) throws IOException {
        CreateTopicsResponseData.CreatableTopicResult result = create(name, partitions, configs);
        assertThat(result.errorCode()).as(result.errorMessage()).isZero();
    }

    void createTopicIfMissing(String name) throws IOException {
        assertThat(create(name, 1, Map.of()).errorCode())
                .isIn(Errors.NONE.code(), Errors.TOPIC_ALREADY_EXISTS.code());
    }

    private CreateTopicsResponseData.CreatableTopicResult create(
            String name, int partitions, Map<String, String> configs) throws IOException {
        CreateTopicsRequestData.CreatableTopic topic =
                new CreateTopicsRequestData.CreatableTopic()
                        .setName(name)
                        .setNumPartitions(partitions)
                        .setReplicationFactor((short) 1);
        configs.forEach((key, value) ->
                topic.configs()
                        .add(
                                new CreateTopicsRequestData.CreatableTopicConfig()
                                        .setName(key)
                                        .setValue(value)));
        CreateTopicsRequestData request = new CreateTopicsRequestData().setTimeoutMs(10_000);
        request.topics().add(topic);
        CreateTopicsResponseData answer =
                call(ApiKeys.CREATE_TOPICS, 7, request, CreateTopicsResponseData.class);
        return answer.topics().find(name);
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
