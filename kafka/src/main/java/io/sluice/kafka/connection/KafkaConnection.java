package io.sluice.kafka.connection;

import io.sluice.engine.loop.RareLog;
import io.sluice.kafka.codec.Api;
import io.sluice.kafka.codec.BoundedReadable;
import io.sluice.kafka.codec.MalformedRequestException;
import io.sluice.kafka.codec.RequestHead;
import io.sluice.kafka.codec.ResponseFrame;
import io.sluice.kafka.metrics.LoopRequests;
import io.sluice.transport.Connection;
import io.sluice.transport.ConnectionHandler;
import io.sluice.transport.Frame;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.protocol.ApiMessage;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client's connection. Requests are served one after the other and answered in order, as Kafka
 * does; but produce requests behind produce requests are begun at once, so that one group commit
 * serves them all. A fetch that waits holds up the rest of its own connection alone; that of
 * another broker waits no longer when a request comes behind it.
 *
 * <pre>
 *   frame ─▶ waiting ─▶ begun ─▶ done ─▶ written, in the order of arrival
 * </pre>
 *
 * <p>Bounds: frames that wait, by number and bytes, beyond which the socket is not read; requests
 * begun; answers that the client does not take, beyond which nothing is begun.
 */
public final class KafkaConnection implements ConnectionHandler {

    /** Requests begun and not answered; beyond it they wait. */
    private static final int MAX_BEGUN = 64;

    /** Frames that wait; at the bound the socket is not read. */
    private static final int MAX_WAITING = 64;

    /** Bytes of frames that wait; at the bound the socket is not read. */
    private static final int MAX_WAITING_BYTES = 1 << 20;

    /** Bytes of answers the client has not taken; above it no request is begun. */
    private static final long MAX_UNSENT_BYTES = 1 << 20;

    /** A request without records needs no more: it would only be a way to use up memory. */
    private static final int MAX_PLAIN_REQUEST_BYTES = 16 << 20;

    /** Where the length of a frame ends and its request begins. */
    public static final int LENGTH_BYTES = 4;

    private static final Logger LOG = LoggerFactory.getLogger(KafkaConnection.class);
    private static final RareLog RARE = new RareLog(LOG, Duration.ofSeconds(1));

    private final ApiHandler[] handlers;
    private final Connection connection;
    private final LoopRequests counts;
    private final Deque<Frame> waiting = new ArrayDeque<>(4);
    private final Deque<KafkaRequest> begun = new ArrayDeque<>(4);
    private long waitingBytes;
    private boolean paused;
    private boolean serving;

    /** Why the connection ends once what was begun is answered; empty while it goes on. */
    private String endReason = "";

    private boolean closed;
    private final Map<Class<? extends Attachment>, Attachment> attachments = new HashMap<>(2);
    private String software = "";

    /**
     * @param handlers by the ordinal of their API
     * @param counts those of the connection's loop
     */
    public KafkaConnection(ApiHandler[] handlers, Connection connection, LoopRequests counts) {
        this.handlers = handlers;
        this.connection = connection;
        this.counts = counts;
    }

    LoopRequests counts() {
        return counts;
    }

    Connection connection() {
        return connection;
    }

    <A extends Attachment> @Nullable A attachment(Class<A> type) {
        return type.cast(attachments.get(type));
    }

    <A extends Attachment> void attach(Class<A> type, @Nullable A kept) {
        if (kept == null) {
            attachments.remove(type);
        } else {
            attachments.put(type, kept);
        }
    }

    void clientSoftware(String name, String version) {
        software = name + " " + version;
    }

    @Override
    public void received(Frame frame) {
        if (isEnding() || closed) {
            frame.release();
            return;
        }
        waiting.addLast(frame);
        waitingBytes += frame.bytes().remaining();
        serve();
        if (!closed && !paused && isFull()) {
            paused = true;
            connection.pauseReading();
        }
    }

    private boolean isEnding() {
        return !endReason.isEmpty();
    }

    private boolean isFull() {
        return waiting.size() >= MAX_WAITING || waitingBytes >= MAX_WAITING_BYTES;
    }

    @Override
    public void drained() {
        serve();
    }

    /** A request is done, or holds nobody up any more: the next may begin. */
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
        if (paused && waiting.size() < MAX_WAITING / 2 && waitingBytes < MAX_WAITING_BYTES) {
            paused = false;
            connection.resumeReading();
        }
        if (isEnding() && begun.isEmpty() && waiting.isEmpty()) {
            connection.closeAfterWrites(endReason);
        } else if (!waiting.isEmpty()
                && !begun.isEmpty()
                && waitsForRecords(begun.getLast().head().api())) {
            begun.getLast().followed();
        }
    }

    private static boolean waitsForRecords(Api api) {
        return api == Api.FETCH || api == Api.SHARE_FETCH;
    }

    private boolean writeDone() {
        boolean any = false;
        while (!begun.isEmpty() && begun.getFirst().isDone()) {
            KafkaRequest request = begun.removeFirst();
            String closeReason = request.closeReason();
            if (closeReason != null) {
                endAfterAnswers(closeReason);
                return false;
            }
            ResponseFrame response = request.response();
            if (response != null) {
                connection.write(response.parts());
            }
            any = true;
        }
        return any;
    }

    private void endAfterAnswers(String reason) {
        endReason = reason;
        dropWaiting();
        connection.closeAfterWrites(reason);
    }

    private boolean beginNext() {
        Frame next = waiting.peekFirst();
        if (next == null || !mayBegin(next)) {
            return false;
        }
        waiting.removeFirst();
        waitingBytes -= next.bytes().remaining();
        begin(next);
        return true;
    }

    private boolean mayBegin(Frame next) {
        if (connection.pendingBytes() > MAX_UNSENT_BYTES) {
            return false; // until it is drained
        }
        if (begun.isEmpty()) {
            return true;
        }
        return begun.size() < MAX_BEGUN
                && begun.getLast().head().api() == Api.PRODUCE
                && !begun.getLast().holdsNext()
                && isProduce(next.bytes());
    }

    private static boolean isProduce(ByteBuffer frame) {
        return frame.remaining() >= LENGTH_BYTES + Short.BYTES
                && frame.getShort(frame.position() + LENGTH_BYTES) == Api.PRODUCE.key();
    }

    private void begin(Frame frame) {
        KafkaRequest request = parse(frame);
        if (request == null) {
            frame.release();
            return;
        }
        if (LOG.isDebugEnabled()) {
            LOG.debug("{} from {} ({})", request.head(), connection.remote(), software);
        }
        if (request.head().api() != Api.PRODUCE) {
            request.releaseFrame(); // all but records was copied
        }
        begun.addLast(request);
        counts.begun();
        ApiHandler handler = handlers[request.head().api().ordinal()];
        request.guarded(() -> handler.handle(request));
        if (isEnding()) {
            request.hurry();
        }
    }

    /** Reads a request, or answers or closes as the protocol demands and gives null. */
    private @Nullable KafkaRequest parse(Frame frame) {
        ByteBuffer bytes = frame.bytes().duplicate();
        bytes.position(bytes.position() + LENGTH_BYTES);
        try {
            BoundedReadable from = new BoundedReadable(bytes);
            RequestHead head = RequestHead.read(from);
            if (!head.api().serves(head.version())) {
                refuseVersion(head);
                return null;
            }
            if (head.api() != Api.PRODUCE && bytes.limit() > MAX_PLAIN_REQUEST_BYTES) {
                throw new MalformedRequestException(
                        "%s of %d bytes: at most %d are taken"
                                .formatted(head, bytes.limit(), MAX_PLAIN_REQUEST_BYTES));
            }
            ApiMessage message = handlers[head.api().ordinal()].read(from, head.version());
            if (bytes.hasRemaining()) {
                throw new MalformedRequestException(
                        "%s has %d bytes left over".formatted(head, bytes.remaining()));
            }
            return new KafkaRequest(this, head, message, frame);
        } catch (RuntimeException e) {
            close("a request that cannot be read: " + e.getMessage());
            return null;
        }
    }

    /** A newer client learns what we serve from the oldest answer (KIP-511). */
    private void refuseVersion(RequestHead head) {
        if (head.api() != Api.API_VERSIONS) {
            close(
                    "%s: versions %d to %d are served"
                            .formatted(head, head.api().lowest(), head.api().highest()));
            return;
        }
        if (handlers[Api.API_VERSIONS.ordinal()] instanceof VersionRefusal versions) {
            connection.write(
                    ResponseFrame.of(head, versions.unsupportedVersion(), (short) 0).parts());
        }
    }

    private void close(String why) {
        counts.unreadable();
        RARE.warn(
                connection.loop().clock(),
                "closing %s of %s: %s".formatted(connection.remote(), connection.listener(), why));
        end(why);
    }

    /** What was begun is answered, what waits is not begun. */
    private void end(String why) {
        endReason = why;
        dropWaiting();
        hurryAll();
        if (!serving) {
            afterServing();
        }
    }

    private void hurryAll() {
        for (KafkaRequest request : new ArrayDeque<>(begun)) {
            request.hurry();
        }
    }

    @Override
    public boolean inputEnded(String reason) {
        if (begun.isEmpty() && waiting.isEmpty()) {
            return false;
        }
        endReason = reason;
        hurryAll();
        return true;
    }

    /** A step of a request threw: ours to mend. */
    void defect(KafkaRequest request, RuntimeException defect) {
        counts.defect();
        LOG.error(
                "{} from {} failed: a defect, please report it",
                request.head(),
                connection.remote(),
                defect);
    }

    private void dropWaiting() {
        for (Frame frame : waiting) {
            frame.release();
        }
        waiting.clear();
        waitingBytes = 0;
    }

    @Override
    public void closed(String reason) {
        closed = true;
        dropWaiting();
        for (KafkaRequest request : begun) {
            request.abandon();
        }
        begun.clear();
        List<Attachment> kept = List.copyOf(attachments.values());
        attachments.clear();
        kept.forEach(Attachment::connectionGone);
    }

    @Override
    public void shutdown() {
        end("the broker stops");
    }
}
