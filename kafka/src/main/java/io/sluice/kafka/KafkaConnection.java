package io.sluice.kafka;

import io.sluice.transport.Connection;
import io.sluice.transport.ConnectionHandler;
import io.sluice.transport.Frame;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import org.apache.kafka.common.errors.UnsupportedVersionException;
import org.apache.kafka.common.message.ApiVersionsResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.AbstractRequest;
import org.apache.kafka.common.requests.RequestHeader;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client's connection. Requests are served one after the other and answered in order, as Kafka
 * does; but produce requests behind produce requests are begun at once, so that one group commit
 * serves them all.
 *
 * <pre>
 *   frame ─▶ waiting ─▶ begun ─▶ done ─▶ written, in the order of arrival
 * </pre>
 */
final class KafkaConnection implements ConnectionHandler {

    /** Requests begun and not answered; beyond it they wait. */
    private static final int MAX_BEGUN = 64;

    /** Frames that wait; at the bound the socket is not read. */
    private static final int MAX_WAITING = 64;

    private static final int LENGTH_BYTES = 4;
    private static final Logger LOG = LoggerFactory.getLogger(KafkaConnection.class);

    private final KafkaDoor door;
    private final Connection connection;
    private final Deque<Frame> waiting = new ArrayDeque<>(4);
    private final Deque<KafkaRequest> begun = new ArrayDeque<>(4);
    private boolean paused;
    private boolean serving;
    private boolean stopping;
    private boolean closed;

    KafkaConnection(KafkaDoor door, Connection connection) {
        this.door = door;
        this.connection = connection;
    }

    Connection connection() {
        return connection;
    }

    @Override
    public void received(Frame frame) {
        if (stopping || closed) {
            frame.release();
            return;
        }
        waiting.addLast(frame);
        serve();
        if (waiting.size() >= MAX_WAITING && !paused) {
            paused = true;
            connection.pauseReading();
        }
    }

    /** A request is done: its answer may leave, and the next may begin. */
    void completed() {
        serve();
    }

    /** Not re-entered: a request that is answered at once must not begin the next inside itself. */
    private void serve() {
        if (serving) {
            return;
        }
        serving = true;
        try {
            boolean progress = true;
            while (progress && !closed) {
                progress = writeDone() | beginNext();
            }
        } finally {
            serving = false;
        }
        afterServing();
    }

    private void afterServing() {
        if (closed) {
            return;
        }
        if (paused && waiting.size() < MAX_WAITING / 2) {
            paused = false;
            connection.resumeReading();
        }
        if (stopping && begun.isEmpty()) {
            connection.closeAfterWrites("the broker stops");
        }
    }

    private boolean writeDone() {
        boolean any = false;
        while (!begun.isEmpty() && begun.getFirst().isDone()) {
            ResponseFrame response = begun.removeFirst().response();
            if (response != null) {
                connection.write(response.parts());
            }
            any = true;
        }
        return any;
    }

    private boolean beginNext() {
        Frame next = waiting.peekFirst();
        if (next == null || !mayBegin(next)) {
            return false;
        }
        begin(waiting.removeFirst());
        return true;
    }

    private boolean mayBegin(Frame next) {
        if (begun.isEmpty()) {
            return true;
        }
        return begun.size() < MAX_BEGUN
                && begun.getLast().header().apiKey() == ApiKeys.PRODUCE
                && isProduce(next.bytes());
    }

    private static boolean isProduce(ByteBuffer frame) {
        return frame.remaining() >= LENGTH_BYTES + 2
                && frame.getShort(frame.position() + LENGTH_BYTES) == ApiKeys.PRODUCE.id;
    }

    private void begin(Frame frame) {
        KafkaRequest request = parse(frame);
        if (request == null) {
            frame.release();
            return;
        }
        begun.addLast(request);
        ApiHandler handler = door.handler(request.header().apiKey());
        if (handler == null) {
            throw new IllegalStateException("parsed without a handler");
        }
        try {
            handler.handle(request);
        } catch (RuntimeException e) {
            LOG.error("{} failed: a defect, please report it", request.header(), e);
            replyDefect(request, e);
        }
    }

    private void replyDefect(KafkaRequest request, RuntimeException defect) {
        Frame frame = request.frame();
        if (frame == null || request.isDone()) {
            close("a defect");
            return;
        }
        try {
            ByteBuffer bytes = frame.bytes().duplicate();
            bytes.position(frame.bytes().position() + LENGTH_BYTES);
            RequestHeader header = RequestHeader.parse(bytes);
            AbstractRequest again =
                    AbstractRequest.parseRequest(
                                    header.apiKey(),
                                    header.apiVersion(),
                                    new ByteBufferAccessor(bytes))
                            .request;
            request.reply(again.getErrorResponse(defect).data());
        } catch (RuntimeException e) {
            close("a defect");
        }
    }

    /** Reads a request, or answers or closes as the protocol demands and gives null. */
    private @Nullable KafkaRequest parse(Frame frame) {
        ByteBuffer bytes = frame.bytes().duplicate();
        bytes.position(bytes.position() + LENGTH_BYTES);
        try {
            RequestHeader header = RequestHeader.parse(bytes);
            ApiHandler handler = door.handler(header.apiKey());
            if (handler == null) {
                close("API " + header.apiKey() + " is not served");
                return null;
            }
            short version = header.apiVersion();
            if (version < handler.lowestVersion() || version > handler.highestVersion()) {
                refuseVersion(header, handler);
                return null;
            }
            ApiMessage message = header.apiKey().messageType.newRequest();
            message.read(new ByteBufferAccessor(bytes), version);
            if (bytes.hasRemaining()) {
                close("%s has %d bytes left over".formatted(header.apiKey(), bytes.remaining()));
                return null;
            }
            return new KafkaRequest(this, header, message, frame);
        } catch (UnsupportedVersionException e) {
            close("a version that is not served: " + e.getMessage());
            return null;
        } catch (RuntimeException e) {
            close("a request that cannot be read: " + e.getMessage());
            return null;
        }
    }

    /** A newer client learns what we serve from the oldest answer (KIP-511). */
    private void refuseVersion(RequestHeader header, ApiHandler handler) {
        if (header.apiKey() != ApiKeys.API_VERSIONS) {
            close("%s version %d is not served".formatted(header.apiKey(), header.apiVersion()));
            return;
        }
        ApiVersionsResponseData data = ((ApiVersionsHandler) handler).answer();
        data.setErrorCode(Errors.UNSUPPORTED_VERSION.code());
        connection.write(
                ResponseFrame.of(header.correlationId(), (short) 0, data, (short) 0).parts());
    }

    private void close(String why) {
        LOG.debug("closing {}: {}", connection.remote(), why);
        connection.close(why);
    }

    @Override
    public void closed(String reason) {
        closed = true;
        waiting.forEach(Frame::release);
        waiting.clear();
        begun.forEach(KafkaRequest::abandon);
        begun.clear();
    }

    @Override
    public void shutdown() {
        stopping = true;
        waiting.forEach(Frame::release);
        waiting.clear();
        begun.forEach(KafkaRequest::hurry);
        afterServing();
    }
}
