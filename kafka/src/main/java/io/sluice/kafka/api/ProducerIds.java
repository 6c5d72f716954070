package io.sluice.kafka.api;

import io.sluice.core.controller.Controller;
import io.sluice.core.controller.ControllerCommand;
import io.sluice.core.controller.ControllerReply;
import io.sluice.core.model.ErrorCode;
import io.sluice.engine.loop.EventLoop;
import io.sluice.engine.metadata.Metadata;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;

/**
 * Producer ids from blocks that the controller reserves; an id is never given twice (KIP-730). The
 * next block is asked for while there are ids left. Any thread.
 */
public final class ProducerIds {

    /** What is given when there is none; the client asks again. */
    public static final long NONE = -1L;

    /** With so few left the next block is asked for. */
    private static final int LOW = Controller.PRODUCER_ID_BLOCK / 10;

    /** Requests that may wait for a block; one more is told to come again. */
    private static final int MAX_WAITING = 10_000;

    private final int brokerId;
    private final Metadata metadata;
    private final List<LongConsumer> waiting = new ArrayList<>();
    private long next;
    private long end;
    private long reserveNext;
    private long reserveEnd;
    private boolean asking;

    public ProducerIds(int brokerId, Metadata metadata) {
        this.brokerId = brokerId;
        this.metadata = metadata;
    }

    /**
     * Gives one id, now or when a block comes.
     *
     * @param replyOn a loop to hear from the controller on; any will do
     */
    public void take(EventLoop replyOn, LongConsumer taker) {
        long id;
        boolean ask;
        synchronized (this) {
            id = poll();
            if (id == NONE && waiting.size() < MAX_WAITING) {
                waiting.add(taker);
                id = Long.MIN_VALUE; // told later
            }
            ask = !asking && reserveNext == reserveEnd && end - next <= LOW;
            asking |= ask;
        }
        if (ask) {
            metadata.submit(
                    new ControllerCommand.AllocateProducerIds(
                            brokerId, Controller.PRODUCER_ID_BLOCK),
                    replyOn,
                    this::blockArrived);
        }
        if (id != Long.MIN_VALUE) {
            taker.accept(id);
        }
    }

    private long poll() {
        if (next == end) {
            next = reserveNext;
            end = reserveEnd;
            reserveNext = reserveEnd;
        }
        return next < end ? next++ : NONE;
    }

    private void blockArrived(ControllerReply reply) {
        List<LongConsumer> served;
        List<Long> ids = new ArrayList<>();
        synchronized (this) {
            asking = false;
            if (reply.outcomes().getFirst().error() == ErrorCode.NONE && reply.producerIds() >= 0) {
                reserveNext = reply.producerIds();
                reserveEnd = reserveNext + Controller.PRODUCER_ID_BLOCK;
            }
            served = new ArrayList<>(waiting);
            waiting.clear();
            for (int i = 0; i < served.size(); i++) {
                ids.add(poll());
            }
        }
        for (int i = 0; i < served.size(); i++) {
            served.get(i).accept(ids.get(i));
        }
    }
}
