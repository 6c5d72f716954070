package io.sluice.engine.coordinator;

import io.sluice.core.controller.BrokerImage;
import io.sluice.core.controller.ControllerCommand;
import io.sluice.core.controller.TopicImage;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.Uuid;
import io.sluice.engine.loop.EventLoop;
import io.sluice.engine.metadata.Metadata;
import io.sluice.engine.metadata.Quorum;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A topic that holds coordinators' events: made when it is first needed. Any thread may call. */
public final class InternalTopic {

    /**
     * What it is made with.
     *
     * @param partitions stays as it is for the life of the topic: keys are spread by it
     */
    public record Spec(
            String name, int partitions, int replicationFactor, Map<String, String> configs) {}

    private final Spec spec;
    private final Metadata metadata;
    private final Supplier<Uuid> identities;

    public InternalTopic(Spec spec, Metadata metadata, Supplier<Uuid> identities) {
        this.spec = spec;
        this.metadata = metadata;
        this.identities = identities;
    }

    public String name() {
        return spec.name();
    }

    /** How many partitions there are; 0 while the topic is not made. */
    public int partitions() {
        TopicImage topic = image();
        return topic == null ? 0 : topic.partitions().size();
    }

    /** The partition whose coordinator a key belongs to; -1 while the topic is not made. */
    public int partitionOf(String key) {
        int partitions = partitions();
        return partitions == 0 ? -1 : (key.hashCode() & Integer.MAX_VALUE) % partitions;
    }

    /** The broker that leads the key's partition, or null if none does. */
    public @Nullable BrokerImage coordinatorOf(String key) {
        TopicImage topic = image();
        int partition = partitionOf(key);
        return topic == null || partition >= topic.partitions().size() || partition < 0
                ? null
                : metadata.image().brokers().get(topic.partitions().get(partition).leader());
    }

    private @Nullable TopicImage image() {
        return metadata.image().topics().get(spec.name());
    }

    /**
     * As many as are wanted, or as the cluster has brokers: one that only starts counts, for the
     * topic keeps the copies it is made with.
     */
    private int replicas(Quorum quorum) {
        int brokers = Math.max(metadata.image().brokers().size(), quorum.voters().size());
        return Math.clamp(brokers, 1, spec.replicationFactor());
    }

    /**
     * Makes the topic unless it is there.
     *
     * @param done on {@code replyOn}: NONE once the image has it; INVALID_REPLICATION_FACTOR while
     *     too few of the brokers serve
     */
    public void ensure(EventLoop replyOn, Consumer<ErrorCode> done) {
        if (partitions() > 0) {
            replyOn.execute(() -> done.accept(ErrorCode.NONE));
            return;
        }
        metadata.quorum(replyOn, quorum -> make(replicas(quorum), replyOn, done));
    }

    private void make(int replicas, EventLoop replyOn, Consumer<ErrorCode> done) {
        ControllerCommand.NewTopic topic =
                new ControllerCommand.NewTopic(
                        spec.name(),
                        identities.get(),
                        spec.partitions(),
                        replicas,
                        Map.of(),
                        spec.configs());
        metadata.submit(
                new ControllerCommand.CreateTopics(List.of(topic), false),
                replyOn,
                reply -> {
                    ErrorCode error = reply.outcomes().getFirst().error();
                    // Another client may have asked at the same time.
                    done.accept(error == ErrorCode.TOPIC_ALREADY_EXISTS ? ErrorCode.NONE : error);
                });
    }
}
