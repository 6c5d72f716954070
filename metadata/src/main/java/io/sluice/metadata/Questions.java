package io.sluice.metadata;

import java.io.IOException;
import java.net.ConnectException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.protocol.RaftClientRequest;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.protocol.exceptions.LeaderNotReadyException;
import org.apache.ratis.protocol.exceptions.LeaderSteppingDownException;
import org.apache.ratis.protocol.exceptions.NotLeaderException;
import org.apache.ratis.protocol.exceptions.ReadException;
import org.apache.ratis.protocol.exceptions.ReadIndexException;
import org.apache.ratis.protocol.exceptions.ServerNotReadyException;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.jspecify.annotations.Nullable;

/**
 * Questions to the broker that leads. They travel as reads of the log: before the leader's listener
 * hears one, the leader makes sure of its office ({@link OfficeCheck}), so that the answer knows
 * all that was completed before the question. One that was surely not heard is asked again until
 * its time is over.
 *
 * <pre>
 *   question: kind int8 | bytes          answer: status int8 | bytes or text
 * </pre>
 */
final class Questions {

    /** For the leader's listener. */
    static final byte FOR_LISTENER = 0;

    /** How far the log is committed. */
    static final byte HOW_FAR = 1;

    static final byte ANSWERED = 0;
    static final byte NOT_HEARD = 1;
    static final byte FAILED = 2;

    /** Between two looks for a leader. */
    private static final int LOOK_EVERY_MS = 20;

    private final QuorumClient client;
    private final Supplier<@Nullable RaftServer> server;
    private final Supplier<@Nullable RaftPeer> leader;
    private final Pause pause;

    Questions(
            QuorumClient client,
            Supplier<@Nullable RaftServer> server,
            Supplier<@Nullable RaftPeer> leader,
            Pause pause) {
        this.client = client;
        this.server = server;
        this.leader = leader;
        this.pause = pause;
    }

    static Message answered(ByteBuffer answer) {
        return message(ANSWERED, answer);
    }

    static Message refused(byte status, String why) {
        return message(status, ByteBuffer.wrap(why.getBytes(StandardCharsets.UTF_8)));
    }

    static ByteString question(byte kind, ByteBuffer question) {
        return message(kind, question).getContent();
    }

    private static Message message(byte first, ByteBuffer rest) {
        ByteBuffer all = ByteBuffer.allocate(1 + rest.remaining());
        all.put(first).put(rest.duplicate()).flip();
        return Message.valueOf(ByteString.copyFrom(all));
    }

    /** Asks until an answer comes or the time is over. Waits. */
    ByteBuffer ask(ByteString question, long timeoutMs) throws IOException {
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMs);
        String last = "none is known";
        while (true) {
            long leftMs = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
            RaftPeer to = leader.get();
            if (leftMs <= 0) {
                throw new IOException(
                        "no leader of the metadata quorum answered within %d ms: %s"
                                .formatted(timeoutMs, last));
            }
            if (to != null) {
                Heard heard = askOnce(to, question, leftMs);
                if (heard.answer != null) {
                    return heard.answer;
                }
                last = heard.why;
            }
            pause.forMs(LOOK_EVERY_MS);
        }
    }

    /** An answer, or why the question was surely not heard. */
    private record Heard(@Nullable ByteBuffer answer, String why) {}

    private Heard askOnce(RaftPeer to, ByteString question, long leftMs) throws IOException {
        RaftClientReply reply;
        try {
            reply = send(to, question, leftMs);
        } catch (IOException e) {
            if (wasNotHeard(e)) {
                return new Heard(null, e.toString());
            }
            throw new IOException(
                    "the answer of broker %s to a question about metadata is lost: %s"
                            .formatted(to.getId(), e.getMessage()),
                    e);
        }
        if (!reply.isSuccess()) {
            Throwable why = reply.getException();
            if (why != null && wasNotHeard(why)) {
                return new Heard(null, String.valueOf(why.getMessage()));
            }
            throw new IOException("broker %s: %s".formatted(to.getId(), why), why);
        }
        ByteBuffer content = ByteBuffer.wrap(reply.getMessage().getContent().toByteArray());
        byte status = content.get();
        if (status == ANSWERED) {
            return new Heard(content.slice(), "");
        }
        String text = StandardCharsets.UTF_8.decode(content).toString();
        if (status == NOT_HEARD) {
            return new Heard(null, text);
        }
        throw new IOException(text);
    }

    private RaftClientReply send(RaftPeer to, ByteString question, long leftMs) throws IOException {
        RaftServer own = server.get();
        if (own == null || !own.getId().equals(to.getId())) {
            return client.ask(to, question, leftMs);
        }
        RaftPeerId id = own.getId();
        CompletableFuture<RaftClientReply> reply =
                own.submitClientRequestAsync(
                        client.request(id, question, RaftClientRequest.readRequestType(), leftMs));
        try {
            return reply.get(leftMs, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("the metadata log is closed", e);
        } catch (ExecutionException e) {
            throw new IOException(String.valueOf(e.getCause()), e.getCause());
        } catch (TimeoutException e) {
            throw new IOException("no answer within %d ms".formatted(leftMs), e);
        }
    }

    private static boolean wasNotHeard(Throwable thrown) {
        for (Throwable e = thrown; e != null; e = e.getCause()) {
            if (e instanceof NotLeaderException
                    || e instanceof LeaderNotReadyException
                    || e instanceof LeaderSteppingDownException
                    || e instanceof ServerNotReadyException
                    || e instanceof ReadException
                    || e instanceof ReadIndexException
                    || e instanceof ConnectException) {
                return true;
            }
        }
        return false;
    }
}
