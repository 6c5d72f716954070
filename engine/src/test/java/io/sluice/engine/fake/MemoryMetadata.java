package io.sluice.engine.fake;

import io.sluice.core.controller.BrokerImage;
import io.sluice.core.controller.ClusterImage;
import io.sluice.core.controller.ControllerCommand;
import io.sluice.core.controller.ControllerReply;
import io.sluice.core.controller.ControllerReply.Outcome;
import io.sluice.core.controller.PartitionImage;
import io.sluice.core.controller.TopicImage;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.Uuid;
import io.sluice.engine.loop.EventLoop;
import io.sluice.engine.metadata.Metadata;
import io.sluice.engine.metadata.Quorum;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;

/** An image that the test sets; commands are written down and answered as it says. */
public final class MemoryMetadata implements Metadata {

    private final EventLoop loop;
    private final List<ImageListener> listeners = new ArrayList<>();
    private final List<ControllerCommand> commands = new ArrayList<>();
    private ClusterImage image = ClusterImage.EMPTY;
    private List<Outcome> outcomes = List.of();

    public MemoryMetadata(EventLoop loop) {
        this.loop = loop;
    }

    /** The process that subscribed is gone. */
    public void forgetListeners() {
        listeners.clear();
    }

    /** Commands are refused from now on; or done again. */
    public void refuse(boolean on) {
        Outcome refusal =
                new Outcome(ErrorCode.LOG_DIR_NOT_FOUND, "the test says so", Optional.empty());
        outcomes = on ? List.of(refusal) : List.of();
    }

    /** What was asked of the controller. */
    public List<ControllerCommand> commands() {
        return commands;
    }

    /** A topic whose partitions this broker leads in that epoch. */
    public static TopicImage topic(
            String name, Uuid id, int brokerId, int partitions, int leaderEpoch) {
        List<PartitionImage> all = new ArrayList<>();
        for (int i = 0; i < partitions; i++) {
            all.add(
                    new PartitionImage(
                            i,
                            List.of(brokerId),
                            List.of(Uuid.ZERO),
                            List.of(brokerId),
                            brokerId,
                            leaderEpoch,
                            0));
        }
        return new TopicImage(id, name, List.copyOf(all), Collections.emptySortedMap());
    }

    /** A topic of one partition that some brokers have, one of which leads it. */
    public static TopicImage shared(
            String name, Uuid id, List<Integer> replicas, int leader, int leaderEpoch) {
        return shared(name, id, replicas, List.of(leader), leader, leaderEpoch);
    }

    /** The same, where others are in sync as well. */
    public static TopicImage shared(
            String name,
            Uuid id,
            List<Integer> replicas,
            List<Integer> isr,
            int leader,
            int leaderEpoch) {
        PartitionImage partition =
                new PartitionImage(
                        0,
                        replicas,
                        Collections.nCopies(replicas.size(), Uuid.ZERO),
                        isr,
                        leader,
                        leaderEpoch,
                        leaderEpoch);
        return new TopicImage(id, name, List.of(partition), Collections.emptySortedMap());
    }

    /** The same, where the first one's copy was given up. */
    public static TopicImage lost(
            String name, Uuid id, List<Integer> replicas, int leader, int leaderEpoch) {
        List<Uuid> directories = new ArrayList<>(Collections.nCopies(replicas.size(), Uuid.ZERO));
        directories.set(0, PartitionImage.LOST_DIRECTORY);
        PartitionImage partition =
                new PartitionImage(
                        0,
                        replicas,
                        List.copyOf(directories),
                        List.of(leader),
                        leader,
                        leaderEpoch,
                        leaderEpoch);
        return new TopicImage(id, name, List.of(partition), Collections.emptySortedMap());
    }

    /** Adds or replaces a topic, by name. */
    public void put(TopicImage topic) {
        SortedMap<String, TopicImage> topics = new TreeMap<>(image.topics());
        topics.put(topic.name(), topic);
        topics(topics);
    }

    /** Sets the topics, all of them. */
    public void topics(Map<String, TopicImage> topics) {
        SortedMap<Uuid, TopicImage> byId = new TreeMap<>();
        topics.values().forEach(topic -> byId.put(topic.id(), topic));
        publish(
                new ClusterImage(
                        image.index() + 1,
                        image.clusterId(),
                        image.brokers(),
                        Collections.unmodifiableSortedMap(new TreeMap<>(topics)),
                        Collections.unmodifiableSortedMap(byId),
                        image.brokerConfigs(),
                        image.groupConfigs(),
                        image.nextProducerId()));
    }

    /** A broker has registered, in that epoch. */
    public void register(int brokerId, long epoch) {
        register(new BrokerImage(brokerId, epoch, Uuid.ZERO, Optional.empty(), List.of(), false));
    }

    /** A broker has registered so. */
    public void register(BrokerImage broker) {
        SortedMap<Integer, BrokerImage> brokers = new TreeMap<>(image.brokers());
        brokers.put(broker.id(), broker);
        publish(
                new ClusterImage(
                        image.index() + 1,
                        image.clusterId(),
                        Collections.unmodifiableSortedMap(brokers),
                        image.topics(),
                        image.topicsById(),
                        image.brokerConfigs(),
                        image.groupConfigs(),
                        image.nextProducerId()));
    }

    public void remove(String name) {
        SortedMap<String, TopicImage> topics = new TreeMap<>(image.topics());
        topics.remove(name);
        topics(topics);
    }

    private void publish(ClusterImage after) {
        ClusterImage before = image;
        image = after;
        for (ImageListener listener : List.copyOf(listeners)) {
            loop.execute(() -> listener.imageChanged(before, after));
        }
    }

    @Override
    public ClusterImage image() {
        return image;
    }

    @Override
    public void submit(
            ControllerCommand command, EventLoop replyOn, Consumer<ControllerReply> reply) {
        commands.add(command);
        ControllerReply told = new ControllerReply(outcomes, -1L, -1L);
        replyOn.post(() -> reply.accept(told));
    }

    @Override
    public void quorum(EventLoop replyOn, Consumer<Quorum> reply) {
        replyOn.post(() -> reply.accept(new Quorum(Quorum.NOBODY, 0L, -1L, List.of(), List.of())));
    }

    @Override
    public void catchUp(EventLoop replyOn, Consumer<Boolean> reply) {
        replyOn.post(() -> reply.accept(true));
    }

    @Override
    public void changeVoter(
            int broker, boolean votes, EventLoop replyOn, Consumer<ControllerReply.Outcome> reply) {
        replyOn.post(() ->
                reply.accept(
                        new ControllerReply.Outcome(
                                ErrorCode.INVALID_REQUEST, "no quorum", Optional.empty())));
    }

    @Override
    public void subscribe(ImageListener listener) {
        listeners.add(listener);
        ClusterImage now = image;
        loop.execute(() -> listener.imageChanged(now, now));
    }
}
