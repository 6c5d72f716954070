package io.sluice.system.harness;

import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import org.apache.kafka.common.message.RequestHeaderData;
import org.apache.kafka.common.message.ResponseHeaderData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.MessageSizeAccumulator;
import org.apache.kafka.common.protocol.ObjectSerializationCache;
import org.jspecify.annotations.Nullable;

/**
 * One connection that asks and waits for the answer, and nothing a client does besides: thousands
 * of them fit into a test. Connects when it is asked something, again after it was cut. One caller
 * at a time.
 */
public final class Wire implements AutoCloseable {

    private static final int TIMEOUT_MS = 30_000;

    private final String host;
    private final int port;
    private @Nullable Socket socket;
    private int correlation;

    /**
     * @param bootstrap host and port
     */
    public Wire(String bootstrap) {
        int colon = bootstrap.indexOf(':');
        this.host = bootstrap.substring(0, colon);
        this.port = Integer.parseInt(bootstrap.substring(colon + 1));
    }

    /**
     * Asks in a version.
     *
     * @throws IOException if the connection was cut before the answer came
     */
    public synchronized <M extends ApiMessage> M call(
            ApiKeys api, int version, ApiMessage request, Class<M> type) throws IOException {
        try {
            Socket connected = connected();
            connected.getOutputStream().write(frame(api, (short) version, request));
            DataInputStream in = new DataInputStream(connected.getInputStream());
            byte[] frame = new byte[in.readInt()];
            in.readFully(frame);
            ByteBufferAccessor readable = new ByteBufferAccessor(ByteBuffer.wrap(frame));
            ResponseHeaderData header =
                    new ResponseHeaderData(readable, api.responseHeaderVersion((short) version));
            if (header.correlationId() != correlation) {
                throw new AssertionError("the answer to another question");
            }
            ApiMessage response = api.messageType.newResponse();
            response.read(readable, (short) version);
            return type.cast(response);
        } catch (IOException e) {
            close();
            throw e;
        }
    }

    private Socket connected() throws IOException {
        Socket known = socket;
        if (known != null) {
            return known;
        }
        Socket made = new Socket();
        socket = made;
        made.connect(new InetSocketAddress(host, port), TIMEOUT_MS);
        made.setSoTimeout(TIMEOUT_MS);
        made.setTcpNoDelay(true);
        return made;
    }

    private byte[] frame(ApiKeys api, short version, ApiMessage request) {
        RequestHeaderData header =
                new RequestHeaderData()
                        .setRequestApiKey(api.id)
                        .setRequestApiVersion(version)
                        .setCorrelationId(++correlation)
                        .setClientId("wire");
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

    @Override
    public synchronized void close() throws IOException {
        if (socket != null) {
            socket.close();
            socket = null;
        }
    }
}
