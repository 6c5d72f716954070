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

    public Auditor(Site site, int number) {
        super(site, number, "auditor", new TopicPartition(Shares.TOPIC, 0));
    }

    /** It begins to ask. */
    public void begin() {
        retryLater();
    }

    /** Below it everything is done in the queue of that partition, and stored. */
    public long doneBelow(int partition) {
        return starts.getOrDefault(partition, -1L);
    }

    @Override
    void connected() {
        look();
    }

    @Override
    void disconnected() {}

    private void look() {
        this.<Reply<ShareReply>>ask(
                (door, answer) ->
                        door.queues()
                                .coordinator(new ShareCommand.ListGroup(QueueDoor.GROUP), answer),
                this::told);
    }

    private void told(Reply<ShareReply> reply) {
        if (reply instanceof Reply.Answered<ShareReply>(ShareReply.Group(var queues))) {
            queues.forEach(one -> starts.put(one.key().partition(), one.start()));
            later(PACE_MS, this::look);
        } else {
            retryLater();
        }
    }
}
