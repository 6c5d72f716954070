package io.sluice.simulator.client;

import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TopicPartition;
import io.sluice.core.model.Uuid;
import io.sluice.core.share.ShareCommand;
import io.sluice.core.share.ShareReply;
import io.sluice.engine.coordinator.Reply;
import io.sluice.simulator.cluster.QueueDoor;
import io.sluice.simulator.cluster.QueueDoor.Caller;
import io.sluice.simulator.cluster.Shares;
import io.sluice.simulator.cluster.Site;
import java.util.function.LongSupplier;

/**
 * An operator who has a queue begin anew somewhere else: he asks in which state it is, orders the
 * next one, and begins from the first step again until he hears that it is done. Others may do the
 * same at the same time.
 */
public final class Resetter extends QueueOperator {

    private static final int MOST_RESETS = 3;
    private static final int MOST_RECORDS = 60;
    private static final int BEYOND = 3;
    private static final long NONE = -1L;

    private final TopicPartition queue;
    private final Uuid queueId;
    private final Runnable onReset;
    private long start = NONE;

    /**
     * @param queue that is set anew
     * @param end behind the records that anybody had
     * @param onReset told after each, as its members would join after that
     */
    public Resetter(
            Site site,
            int number,
            TopicPartition queue,
            Uuid queueId,
            int paceMs,
            LongSupplier end,
            Runnable onReset) {
        super(
                site,
                number,
                "resetter",
                new TopicPartition(Shares.TOPIC, 0),
                paceMs,
                MOST_RESETS,
                end);
        this.queue = queue;
        this.queueId = queueId;
        this.onReset = onReset;
        later(1 + random.nextInt(20 * paceMs), this::retryLater);
    }

    @Override
    boolean isOpen() {
        return start != NONE;
    }

    /** How often he had it set anew. */
    public int done() {
        return ordered() - (isOpen() ? 1 : 0);
    }

    @Override
    void act() {
        if (isDone()) {
            return;
        }
        if (start == NONE) {
            start = Math.max(0L, knownEnd() + BEYOND - random.nextInt(MOST_RECORDS));
            nextOrder();
            world().trace().tell(name(), "resets %s to %d", queue, start);
        }
        this.<Reply<ShareReply>>ask(
                (door, answer) ->
                        door.queues()
                                .coordinator(new ShareCommand.ListGroup(QueueDoor.GROUP), answer),
                this::told);
    }

    private void told(Reply<ShareReply> reply) {
        if (!(reply instanceof Reply.Answered<ShareReply>(ShareReply.Group(var queues)))) {
            retryLater();
            return;
        }
        int next =
                1
                        + queues.stream()
                                .filter(one -> one.key().partition() == queue.partition())
                                .mapToInt(ShareReply.Summary::stateEpoch)
                                .findAny()
                                .orElse(0);
        long to = start;
        this.<ErrorCode>ask(
                (door, answer) ->
                        door.queues().reset(new Caller(name(), queue, queueId), next, to, answer),
                this::answered);
    }

    private void answered(ErrorCode error) {
        if (error != ErrorCode.NONE) {
            retryLater();
            return;
        }
        world().trace().tell(name(), "%s begins anew at %d", queue, start);
        start = NONE;
        onReset.run();
        over(30);
    }

    @Override
    public String toString() {
        return "%s of %s: %s, at broker-%d"
                .formatted(name(), queue, start == NONE ? "nothing" : "to " + start, worksAt);
    }
}
