package io.sluice.simulator.client;

import io.sluice.core.model.TopicPartition;
import io.sluice.core.share.ShareCommand;
import io.sluice.core.share.ShareReply;
import io.sluice.engine.coordinator.Reply;
import io.sluice.simulator.cluster.QueueDoor;
import io.sluice.simulator.cluster.Shares;
import io.sluice.simulator.cluster.Site;
import java.util.HashMap;
import java.util.Map;

/** Asks the coordinator of queues again and again how far they are done. */
public final class Auditor extends Client {

    private static final int PACE_MS = 300;

    private final Map<Integer, Long> starts = new HashMap<>();
    private long askedMs;

    public Auditor(Site site, int number) {
        super(site, number, "auditor", new TopicPartition(Shares.TOPIC, 0));
    }

    /** It begins to ask. */
    public void begin() {
        retryLater();
    }

    /**
     * Below it everything is done in the queue of that partition, and stored.
     *
     * @param sinceMs what was so before says nothing
     */
    public long doneBelow(int partition, long sinceMs) {
        return askedMs > sinceMs ? starts.getOrDefault(partition, -1L) : -1L;
    }

    @Override
    void connected() {
        look();
    }

    @Override
    void disconnected() {}

    private void look() {
        long nowMs = world().nowMs();
        this.<Reply<ShareReply>>ask(
                (door, answer) ->
                        door.queues()
                                .coordinator(new ShareCommand.ListGroup(QueueDoor.GROUP), answer),
                reply -> told(reply, nowMs));
    }

    private void told(Reply<ShareReply> reply, long whenAskedMs) {
        if (reply instanceof Reply.Answered<ShareReply>(ShareReply.Group(var queues))) {
            askedMs = whenAskedMs;
            queues.forEach(one -> starts.put(one.key().partition(), one.start()));
            later(PACE_MS, this::look);
        } else {
            retryLater();
        }
    }
}
