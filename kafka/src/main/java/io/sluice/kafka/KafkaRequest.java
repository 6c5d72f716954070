package io.sluice.kafka;

import io.sluice.engine.loop.EventLoop;
import io.sluice.transport.Connection;
import io.sluice.transport.Frame;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.requests.RequestHeader;
import org.jspecify.annotations.Nullable;

/** One request on its way. Owned by the connection's loop, but for {@link #reply}. */
final class KafkaRequest {

    private final KafkaConnection owner;
    private final RequestHeader header;
    private final ApiMessage message;
    private @Nullable Frame frame;
    private @Nullable ResponseFrame response;
    private boolean done;
    private Runnable onAbandon = () -> {};
    private Runnable onHurry = () -> {};

    KafkaRequest(KafkaConnection owner, RequestHeader header, ApiMessage message, Frame frame) {
        this.owner = owner;
        this.header = header;
        this.message = message;
        this.frame = frame;
    }

    RequestHeader header() {
        return header;
    }

    short version() {
        return header.apiVersion();
    }

    /** The request's own fields, of the class its API has. */
    <M> M message(Class<M> type) {
        return type.cast(message);
    }

    EventLoop loop() {
        return owner.connection().loop();
    }

    Connection connection() {
        return owner.connection();
    }

    /** Answers; any thread, once. */
    void reply(ApiMessage answer) {
        EventLoop loop = loop();
        if (loop.inLoop()) {
            complete(ResponseFrame.of(header, answer));
        } else {
            loop.execute(() -> complete(ResponseFrame.of(header, answer)));
        }
    }

    /** There is nothing to answer (acks=0). On the loop. */
    void noReply() {
        complete(null);
    }

    private void complete(@Nullable ResponseFrame answer) {
        response = answer;
        done = true;
        releaseFrame();
        owner.completed();
    }

    boolean isDone() {
        return done;
    }

    @Nullable ResponseFrame response() {
        return response;
    }

    /** The bytes are not needed any more. On the loop; again does nothing. */
    void releaseFrame() {
        Frame held = frame;
        frame = null;
        if (held != null) {
            held.release();
        }
    }

    @Nullable Frame frame() {
        return frame;
    }

    /** What to undo if the connection goes before the answer. */
    void onAbandon(Runnable undo) {
        onAbandon = undo;
    }

    /** What ends a wait early, when the broker stops. */
    void onHurry(Runnable finish) {
        onHurry = finish;
    }

    void hurry() {
        onHurry.run();
    }

    void abandon() {
        onAbandon.run();
        ResponseFrame unsent = response;
        if (unsent != null) {
            unsent.release();
        }
    }
}
