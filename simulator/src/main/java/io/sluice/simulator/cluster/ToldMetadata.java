package io.sluice.simulator.cluster;

import io.sluice.core.controller.ClusterImage;
import io.sluice.core.controller.ControllerCommand;
import io.sluice.core.controller.ControllerCommand.AlterPartitions;
import io.sluice.core.controller.ControllerCommand.AssignDirectories;
import io.sluice.core.controller.ControllerCommand.BrokerEpoch;
import io.sluice.core.controller.ControllerReply;
import io.sluice.core.controller.PartitionImage;
import io.sluice.core.controller.TopicImage;
import io.sluice.core.model.Uuid;
import io.sluice.engine.loop.EventLoop;
import io.sluice.engine.metadata.Metadata;
import io.sluice.engine.metadata.Quorum;
import io.sluice.simulator.world.Trace;
import java.util.function.Consumer;

/** The metadata of a broker, with what its leaders propose told in the transcript. */
final class ToldMetadata implements Metadata {

    private final Metadata metadata;
    private final Trace trace;
    private final String who;
    private final Spoilt spoilt;

    ToldMetadata(Metadata metadata, Trace trace, String who, Spoilt spoilt) {
        this.spoilt = spoilt;
        this.metadata = metadata;
        this.trace = trace;
        this.who = who;
    }

    @Override
    public ClusterImage image() {
        return metadata.image();
    }

    @Override
    public void submit(
            ControllerCommand command, EventLoop replyOn, Consumer<ControllerReply> reply) {
        if (isDamage(command)) {
            trace.tell(who, "tells of damage: %s", command);
            if (spoilt.keepsDamageSecret()) {
                return;
            }
        }
        if (!(command instanceof AlterPartitions changes)) {
            metadata.submit(command, replyOn, reply);
            return;
        }
        changes.changes()
                .forEach(one ->
                        trace.tell(
                                who,
                                "proposes %s for %s-%d (epoch %d, partition epoch %d)",
                                one.isr().stream().map(BrokerEpoch::brokerId).toList(),
                                name(one.topicId()),
                                one.partition(),
                                one.leaderEpoch(),
                                one.partitionEpoch()));
        metadata.submit(
                command,
                replyOn,
                answer -> {
                    answer.outcomes()
                            .forEach(one ->
                                    trace.tell(
                                            who, "its proposal: %s %s", one.error(), one.detail()));
                    reply.accept(answer);
                });
    }

    private static boolean isDamage(ControllerCommand command) {
        return command instanceof AssignDirectories placed
                && placed.directories().containsValue(PartitionImage.LOST_DIRECTORY);
    }

    private String name(Uuid topicId) {
        TopicImage topic = metadata.image().topicsById().get(topicId);
        return topic == null ? topicId.toString() : topic.name();
    }

    @Override
    public void subscribe(ImageListener listener) {
        metadata.subscribe(listener);
    }

    @Override
    public void quorum(EventLoop replyOn, Consumer<Quorum> reply) {
        metadata.quorum(replyOn, reply);
    }

    @Override
    public void catchUp(EventLoop replyOn, Consumer<Boolean> reply) {
        metadata.catchUp(replyOn, reply);
    }

    @Override
    public void changeVoter(
            int broker, boolean votes, EventLoop replyOn, Consumer<ControllerReply.Outcome> reply) {
        metadata.changeVoter(broker, votes, replyOn, reply);
    }
}
