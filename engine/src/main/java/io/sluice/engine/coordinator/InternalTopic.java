package io.sluice.engine.coordinator;

import io.sluice.core.controller.BrokerImage;
import io.sluice.core.controller.ClusterImage;
import io.sluice.core.controller.ControllerCommand;
import io.sluice.core.controller.PartitionImage;
import io.sluice.core.controller.TopicImage;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TopicPartition;
import io.sluice.core.model.Uuid;
import io.sluice.engine.loop.EventLoop;
import io.sluice.engine.metadata.Metadata;
import io.sluice.engine.metadata.Quorum;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
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
            String name, int partitions, int replicationFactor, Map<String, String> configs) {

        int minInsync() {
            return Integer.parseInt(configs.getOrDefault("min.insync.replicas", "1"));
        }
    }

    /**
     * How long brokers that are known and do not serve are waited for; then the topic begins with
     * those that do, and grows when the others come.
     */
    static final long PATIENCE_NANOS = 10_000_000_000L;

    private static final long NEVER = Long.MIN_VALUE;

    private final Spec spec;
    private final Metadata metadata;
    private final Supplier<Uuid> identities;

    /** Since when brokers are missing that the topic wants. */
    private final AtomicLong missingSince = new AtomicLong(NEVER);

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
     * As many as are wanted, or as the cluster has brokers: one that only starts counts, but not
     * for ever.
     */
    private int replicas(Quorum quorum, EventLoop asking) {
        int brokers = Math.max(metadata.image().brokers().size(), quorum.voters().size());
        int wanted = Math.clamp(brokers, 1, spec.replicationFactor());
        int serving = serving(metadata.image());
        long now = asking.clock().monotonicNanos();
        if (serving >= wanted) {
            missingSince.set(NEVER);
            return wanted;
        }
        long since = missingSince.updateAndGet(before -> before == NEVER ? now : before);
        boolean waited = now - since >= PATIENCE_NANOS;
        return waited && serving >= spec.minInsync() ? serving : wanted;
    }

    private static int serving(ClusterImage image) {
        return (int) image.brokers().values().stream().filter(BrokerImage::isActive).count();
    }

    /**
     * Gives the partitions that this broker leads the replicas that the topic is to have, once
     * there are brokers for them.
     *
     * @param loop any; what is asked is answered there
     */
    public void growWithTheCluster(int brokerId, EventLoop loop) {
        metadata.subscribe((before, after) -> {
            TopicImage topic = after.topics().get(spec.name());
            if (topic != null
                    && (before.brokers() != after.brokers()
                            || before.topics().get(spec.name()) != topic)) {
                grow(brokerId, topic, after, loop);
            }
        });
    }

    private void grow(int brokerId, TopicImage topic, ClusterImage image, EventLoop loop) {
        int wanted = Math.min(spec.replicationFactor(), serving(image));
        List<ControllerCommand.Reassignment> all = new ArrayList<>();
        for (PartitionImage partition : topic.partitions()) {
            boolean mayGrow =
                    partition.leader() == brokerId
                            && partition.replicas().size() < wanted
                            && partition.adding().isEmpty()
                            && partition.removing().isEmpty();
            if (mayGrow) {
                all.add(
                        new ControllerCommand.Reassignment(
                                new TopicPartition(topic.name(), partition.partition()),
                                Optional.of(grown(partition, image, wanted))));
            }
        }
        if (!all.isEmpty()) {
            metadata.submit(new ControllerCommand.AlterReassignments(all, true), loop, done -> {});
        }
    }

    /** Spread by the partition's number, so that all leaders together spread them evenly. */
    private static List<Integer> grown(PartitionImage partition, ClusterImage image, int wanted) {
        List<Integer> others = new ArrayList<>();
        for (BrokerImage broker : image.brokers().values()) {
            if (broker.isActive() && !partition.replicas().contains(broker.id())) {
                others.add(broker.id());
            }
        }
        List<Integer> grown = new ArrayList<>(partition.replicas());
        for (int i = 0; grown.size() < wanted && i < others.size(); i++) {
            grown.add(others.get((partition.partition() + i) % others.size()));
        }
        return List.copyOf(grown);
    }

    /**
     * Makes the topic unless it is there.
     *
     * @param done on {@code replyOn}: NONE once the image has it; INVALID_REPLICATION_FACTOR while
     *     too few of the brokers serve, at most for a while
     */
    public void ensure(EventLoop replyOn, Consumer<ErrorCode> done) {
        if (partitions() > 0) {
            replyOn.execute(() -> done.accept(ErrorCode.NONE));
            return;
        }
        metadata.quorum(replyOn, quorum -> make(replicas(quorum, replyOn), replyOn, done));
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
