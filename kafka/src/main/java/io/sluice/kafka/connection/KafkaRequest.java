package io.sluice.kafka.connection;

import io.sluice.engine.loop.Clock;
import io.sluice.engine.loop.EventLoop;
import io.sluice.kafka.codec.RequestHead;
import io.sluice.kafka.codec.ResponseFrame;
import io.sluice.transport.Frame;
import org.apache.kafka.common.protocol.ApiMessage;
import org.jspecify.annotations.Nullable;

/**
 * One request on its way. Owned by the connection's loop; {@link #reply}, {@link #execute} and
 * {@link #executeOn} may be called from any.
 *
 * <pre>
 *   begun ──reply, noReply, closeInstead──▶ done ──its turn──▶ written
 *     └──a defect──▶ answered with UNKNOWN_SERVER_ERROR
 *     └──the connection goes──▶ abandoned: an answer that comes yet is dropped
 * </pre>
 */
public final class KafkaRequest {

    private final KafkaConnection owner;
    private final RequestHead head;
    private final ApiMessage message;
    private final long begunNanos;
    private @Nullable Frame frame;
    private @Nullable ResponseFrame response;
    private @Nullable String closeReason;
    private boolean framePinned;
    private boolean holdsNext;
    private boolean done;
    private boolean abandoned;
    private Runnable onAbandon = () -> {};
    private Runnable onHurry = () -> {};
    private Runnable onFollowed = () -> {};

    KafkaRequest(KafkaConnection owner, RequestHead head, ApiMessage message, Frame frame) {
        this.owner = owner;
        this.head = head;
        this.message = message;
        this.frame = frame;
        this.begunNanos = clock().monotonicNanos();
    }

    RequestHead head() {
        return head;
    }

    public short version() {
        return head.version();
    }

    /** The request's own fields, of the class its API has. */
    public <M> M message(Class<M> type) {
        return type.cast(message);
    }

    public EventLoop loop() {
        return owner.connection().loop();
    }

    public Clock clock() {
        return loop().clock();
    }

    /** The listener that the client came by: it is told addresses of the same one. */
    public String listener() {
        return owner.connection().listener();
    }

    /** What the client calls itself; empty if it does not. */
    public String clientId() {
        return head.clientId();
    }

    /** The client's address, without its port. On the loop. */
    public String clientAddress() {
        return owner.connection().remote().getAddress().getHostAddress();
    }

    /** Tells connections apart. */
    public long connectionId() {
        return owner.connection().id();
    }

    /** The client told what it is (KIP-511). */
    public void clientSoftware(String name, String version) {
        owner.clientSoftware(name, version);
    }

    /** What of that kind is kept with the connection. */
    public <A extends Attachment> @Nullable A attachment(Class<A> type) {
        return owner.attachment(type);
    }

    /** Keeps something with the connection, in place of what of that kind was kept before. */
    public <A extends Attachment> void attach(Class<A> type, @Nullable A attachment) {
        owner.attach(type, attachment);
    }

    /** Runs a step of the request on the connection's loop. A defect in it ends the request. */
    public void execute(Runnable step) {
        loop().execute(() -> guarded(step));
    }

    /** The same, behind what waits for the loop: never inside the caller. */
    public void post(Runnable step) {
        loop().post(() -> guarded(step));
    }

    /** Runs a step of the request on a partition's loop. */
    public void executeOn(EventLoop loop, Runnable step) {
        loop.execute(() -> {
            try {
                step.run();
            } catch (RuntimeException defect) {
                loop().execute(() -> failed(defect));
            }
        });
    }

    /** Runs a step on the connection's loop after a delay. Called there. */
    public EventLoop.Timer schedule(long delayMs, Runnable step) {
        return loop().schedule(delayMs, () -> guarded(step));
    }

    /** Runs a step here, on the connection's loop, with the care of {@link #execute}. */
    public void guarded(Runnable step) {
        try {
            step.run();
        } catch (RuntimeException defect) {
            failed(defect);
        }
    }

    private void failed(RuntimeException defect) {
        if (done || abandoned) {
            owner.defect(this, defect);
            return;
        }
        Runnable undo = onAbandon;
        onAbandon = () -> {};
        undo.run();
        owner.defect(this, defect);
        try {
            complete(ResponseFrame.of(head, DefectAnswer.to(head, message)));
        } catch (RuntimeException unanswerable) {
            closeInstead("a defect");
        }
    }

    /** Answers; any thread, once. */
    public void reply(ApiMessage answer) {
        execute(() -> {
            ResponseFrame frameOut = ResponseFrame.of(head, answer);
            owner.counts().answered(head.api(), answer);
            complete(frameOut);
        });
    }

    /** There is nothing to answer (acks=0). On the loop. */
    public void noReply() {
        complete(null);
    }

    /** Ends the connection when the answers to earlier requests are out. On the loop. */
    public void closeInstead(String reason) {
        closeReason = reason;
        complete(null);
    }

    private void complete(@Nullable ResponseFrame answer) {
        if (!framePinned) {
            releaseFrame();
        }
        if (done || abandoned) {
            if (answer != null) {
                answer.release();
            }
            return;
        }
        response = answer;
        done = true;
        owner.counts().took(head.api(), clock().monotonicNanos() - begunNanos);
        owner.counts().ended();
        onAbandon = () -> {};
        onHurry = () -> {};
        onFollowed = () -> {};
        owner.completed();
    }

    boolean isDone() {
        return done;
    }

    /** The answer, or null if there is none to give. */
    @Nullable ResponseFrame response() {
        return response;
    }

    /** Why the connection is to end in place of an answer, or null. */
    @Nullable String closeReason() {
        return closeReason;
    }

    /** Other loops read the frame's bytes: whatever happens, only they let it go. On the loop. */
    public void pinFrame() {
        framePinned = true;
    }

    /** The frame's bytes are not needed any more. On the loop; again does nothing. */
    public void releaseFrame() {
        Frame held = frame;
        frame = null;
        if (held != null) {
            held.release();
        }
    }

    /** No other request of the connection begins until {@link #letNext}, or the answer. */
    public void holdNext() {
        holdsNext = true;
    }

    /** What has to come in order is in order. On the loop. */
    public void letNext() {
        if (holdsNext) {
            holdsNext = false;
            owner.completed();
        }
    }

    boolean holdsNext() {
        return holdsNext && !done;
    }

    /** What to undo if the connection goes, or a defect ends the request, before the answer. */
    public void onAbandon(Runnable undo) {
        onAbandon = undo;
    }

    /** What ends a wait early, when the broker stops. */
    public void onHurry(Runnable finish) {
        onHurry = finish;
    }

    /** Called, perhaps several times, when another request waits behind it on its connection. */
    public void onFollowed(Runnable finish) {
        onFollowed = finish;
    }

    void followed() {
        guarded(onFollowed);
    }

    void hurry() {
        guarded(onHurry);
    }

    /** The connection went. The frame is left to whoever still reads it. */
    void abandon() {
        abandoned = true;
        if (!done) {
            owner.counts().ended();
        }
        Runnable undo = onAbandon;
        onAbandon = () -> {};
        ResponseFrame unsent = response;
        response = null;
        if (unsent != null) {
            unsent.release();
        }
        undo.run();
    }
}
