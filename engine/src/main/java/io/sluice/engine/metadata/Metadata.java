package io.sluice.engine.metadata;

import io.sluice.core.controller.ClusterImage;
import io.sluice.core.controller.ControllerCommand;
import io.sluice.core.controller.ControllerReply;
import io.sluice.engine.loop.EventLoop;
import java.util.function.Consumer;

/** The cluster as this broker knows it, and the way to change it. Any thread may call. */
public interface Metadata {

    /** The newest image applied here. */
    ClusterImage image();

    /**
     * Asks the controller. The reply comes on {@code replyOn}, once the decision is committed and
     * applied on this broker, so that {@link #image()} shows it.
     */
    void submit(ControllerCommand command, EventLoop replyOn, Consumer<ControllerReply> reply);

    /**
     * Asks the broker that leads who keeps the metadata log; it answers only once a majority has
     * said, after the question, that it leads. Without an answer in bounded time nobody is known to
     * lead.
     *
     * @param reply called on {@code replyOn}, exactly once
     */
    void quorum(EventLoop replyOn, Consumer<Quorum> reply);

    /**
     * Waits until {@link #image()} shows all that was answered by any broker before this was asked.
     *
     * @param reply called on {@code replyOn}, exactly once; false if that could not be made sure in
     *     bounded time
     */
    void catchUp(EventLoop replyOn, Consumer<Boolean> reply);

    /**
     * Gives a broker a vote in the metadata log, or takes it (KIP-853). Takes as long as the broker
     * needs to catch up, in bounds.
     *
     * @param reply called on {@code replyOn}, exactly once
     */
    void changeVoter(
            int brokerId,
            boolean votes,
            EventLoop replyOn,
            Consumer<ControllerReply.Outcome> reply);

    /**
     * Asks how the balance of the cluster stands: the broker that decides, in bounded time.
     *
     * @param reply called on {@code replyOn}, exactly once; empty if nobody is known to decide, or
     *     this broker is alone
     */
    default void balance(EventLoop replyOn, Consumer<String> reply) {
        replyOn.execute(() -> reply.accept(""));
    }

    /**
     * Tells of every new image, in order, on the metadata's loop; and of the current one at once.
     */
    void subscribe(ImageListener listener);

    /** Hears of changes. */
    @FunctionalInterface
    interface ImageListener {
        void imageChanged(ClusterImage before, ClusterImage after);
    }
}
