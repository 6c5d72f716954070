package io.sluice.simulator.client;

import io.sluice.core.controller.ControllerCommand.CreateTopics;
import io.sluice.core.controller.ControllerCommand.NewTopic;
import io.sluice.core.controller.ControllerReply;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TopicPartition;
import io.sluice.core.model.Uuid;
import io.sluice.simulator.cluster.Site;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Makes topics, one after the other, through any broker, each again until it is there. */
public final class Administrator extends Client {

    private static final long ITS_TOPICS = 0x70L;

    private final Set<String> made = new TreeSet<>();
    private final int wanted;
    private final int paceMs;
    private int next;

    /**
     * @param partition whose leader it connects to: any broker has to do
     */
    public Administrator(Site site, int number, TopicPartition partition, int wanted, int paceMs) {
        super(site, number, "admin", partition);
        this.wanted = wanted;
        this.paceMs = paceMs;
        retryLater();
    }

    /** Topics whose making was acknowledged. */
    public Set<String> made() {
        return made;
    }

    public boolean isDone() {
        return next >= wanted;
    }

    @Override
    void connected() {
        if (isDone()) {
            return;
        }
        NewTopic topic =
                new NewTopic("made-" + next, new Uuid(ITS_TOPICS, next), 1, 1, Map.of(), Map.of());
        this.<ControllerReply>ask(
                (door, answer) -> door.submit(new CreateTopics(List.of(topic), false), answer),
                reply -> answered(topic.name(), reply.outcomes().getFirst().error()));
    }

    private void answered(String name, ErrorCode error) {
        if (error != ErrorCode.NONE && error != ErrorCode.TOPIC_ALREADY_EXISTS) {
            retryLater();
            return;
        }
        world().trace().tell(name(), "%s is there (%s)", name, error);
        made.add(name);
        next++;
        later(1 + random.nextInt(2 * paceMs), this::retryLater);
    }

    @Override
    void disconnected() {}

    @Override
    public String toString() {
        return "%s: %d of %d topics made".formatted(name(), next, wanted);
    }
}
