package io.sluice.kafka.peer;

import io.sluice.engine.loop.Completion;
import io.sluice.engine.loop.EventLoop;
import io.sluice.kafka.codec.Api;
import io.sluice.kafka.codec.BoundedReadable;
import io.sluice.kafka.codec.MalformedRequestException;
import io.sluice.kafka.codec.RequestFrame;
import io.sluice.kafka.codec.RequestHead;
import io.sluice.transport.Bytes;
import io.sluice.transport.Connection;
import io.sluice.transport.ConnectionHandler;
import io.sluice.transport.Frame;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection to another broker. Answers come in the order of the requests, so one that does not
 * come in time ends the connection, and with it all that are under way. Owned by its loop.
 */
final class PeerConnection implements ConnectionHandler {

    private static final String CLIENT_ID = "sluice-broker";
    private static final Logger LOG = LoggerFactory.getLogger(PeerConnection.class);

    private final EventLoop loop;
    private final Runnable onClosed;
    private final Deque<Sent> sent = new ArrayDeque<>();

    /** Told already that the two know no common version of it. */
    private final Set<Api> refused = EnumSet.noneOf(Api.class);

    private @Nullable Connection connection;
    private EventLoop.@Nullable Timer timer;
    private @Nullable PeerVersions versions;
    private int nextCorrelationId;
    private boolean closed;

    private record Sent(RequestHead head, long deadlineMs, Completion<PeerAnswer> done) {}

    /**
     * @param onClosed told once, before what is under way fails
     */
    PeerConnection(EventLoop loop, Runnable onClosed) {
        this.loop = loop;
        this.onClosed = onClosed;
    }

    void opened(Connection with) {
        connection = with;
    }

    /**
     * Asks first of all what the other broker serves.
     *
     * @param done once; from then on {@link #send} works
     */
    void greet(Completion<PeerConnection> done) {
        PeerRequest question = PeerVersions.question();
        send(
                question,
                question.highest(),
                Completion.of(
                        answer -> {
                            try {
                                versions = PeerVersions.of(answer);
                            } catch (IOException e) {
                                close(String.valueOf(e.getMessage()));
                                done.failed(e);
                                return;
                            }
                            done.succeeded(PeerConnection.this);
                        },
                        fault -> done.failed(fault)));
    }

    /**
     * Sends at the end of this turn of the loop, in the highest version that both know. The answer
     * belongs to {@code done}.
     */
    void send(PeerRequest request, Completion<PeerAnswer> done) {
        PeerVersions known = versions;
        if (known == null) {
            done.failed(new IOException("the connection is not open"));
            return;
        }
        short version;
        try {
            version = known.choose(request);
        } catch (IOException e) {
            if (refused.add(request.api())) {
                LOG.warn("a broker cannot be asked: {}", e.getMessage());
            }
            done.failed(e);
            return;
        }
        send(request, version, done);
    }

    private void send(PeerRequest request, short version, Completion<PeerAnswer> done) {
        Connection to = connection;
        if (closed || to == null) {
            done.failed(new IOException("the connection is closed"));
            return;
        }
        RequestHead head = new RequestHead(request.api(), version, nextCorrelationId++, CLIENT_ID);
        sent.addLast(new Sent(head, nowMs() + request.timeoutMs(), done));
        to.write(List.of(new Bytes(RequestFrame.of(head, request.message()))));
        watch();
    }

    private long nowMs() {
        return loop.clock().monotonicMs();
    }

    /** One timer, for the oldest: a later one with an earlier end waits for it at most. */
    private void watch() {
        if (timer != null || sent.isEmpty() || closed) {
            return;
        }
        timer =
                loop.schedule(
                        Math.max(1, sent.getFirst().deadlineMs - nowMs()),
                        () -> {
                            timer = null;
                            if (!sent.isEmpty() && sent.getFirst().deadlineMs <= nowMs()) {
                                close("no answer to %s in time".formatted(sent.getFirst().head));
                            } else {
                                watch();
                            }
                        });
    }

    void close(String reason) {
        if (connection != null) {
            connection.close(reason);
        }
    }

    @Override
    public void received(Frame frame) {
        Sent answered = sent.pollFirst();
        if (answered == null) {
            frame.release();
            close("an answer to nothing");
            return;
        }
        BoundedReadable body;
        try {
            body = RequestFrame.answerTo(answered.head, frame.bytes());
        } catch (MalformedRequestException e) {
            frame.release();
            answered.done.failed(new IOException(e.getMessage(), e));
            close(String.valueOf(e.getMessage()));
            return;
        }
        answered.done.succeeded(new PeerAnswer(body, answered.head.version(), frame));
    }

    @Override
    public void closed(String reason) {
        closed = true;
        if (timer != null) {
            timer.cancel();
            timer = null;
        }
        onClosed.run();
        IOException cause = new IOException(reason);
        for (Sent one = sent.pollFirst(); one != null; one = sent.pollFirst()) {
            one.done.failed(cause);
        }
    }

    /** What goes on between brokers goes on until the connections are cut. */
    @Override
    public void shutdown() {}
}
