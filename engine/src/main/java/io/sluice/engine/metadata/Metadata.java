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
     * Asks who keeps the metadata log: the broker that leads, or, if it does not answer in bounded
     * time, this one, which may be wrong about it.
     *
     * @param reply called on {@code replyOn}, exactly once
     */
    void quorum(EventLoop replyOn, Consumer<Quorum> reply);

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
