package io.sluice.kafka.api;

import io.sluice.core.config.BrokerConfig;
import io.sluice.core.group.GroupCommand;
import io.sluice.core.group.GroupCoordinator;
import io.sluice.core.group.GroupEvent;
import io.sluice.core.group.GroupEventFormat;
import io.sluice.core.group.GroupReply;
import io.sluice.core.group.GroupSettings;
import io.sluice.core.group.Topics;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TransactionMarker;
import io.sluice.engine.coordinator.CoordinatorHost;
import io.sluice.engine.coordinator.EventCodec;
import io.sluice.engine.coordinator.InternalTopic;
import io.sluice.engine.coordinator.Reply;
import io.sluice.engine.loop.EventLoop;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/** The groups of this broker, and the topic that holds those of all brokers. */
public final class GroupServices extends CoordinatorServices<GroupCommand, GroupEvent, GroupReply> {

    /** The topic's name, as clients know it. */
    public static final String TOPIC = "__consumer_offsets";

    /** Events of groups as records. */
    public static final EventCodec<GroupEvent> CODEC =
            EventCodec.of(GroupEventFormat::key, GroupEventFormat::value, GroupEventFormat::read);

    private GroupServices(
            InternalTopic topic, CoordinatorHost<GroupCommand, GroupEvent, GroupReply> host) {
        super(topic, host);
    }

    /** Groups for a broker. */
    public static GroupServices create(BrokerConfig.Groups config, CoordinatorGround ground) {
        GroupSettings settings =
                new GroupSettings(
                        config.minSessionMs(),
                        config.maxSessionMs(),
                        config.initialDelayMs(),
                        config.maxMembers(),
                        config.metadataMaxBytes(),
                        config.retentionMs(),
                        config.retentionCheckMs(),
                        new GroupSettings.Consumers(
                                config.consumers().maxMembers(),
                                new GroupSettings.Times(
                                        config.consumers().sessionMs(),
                                        config.consumers().heartbeatMs(),
                                        config.consumers().assignmentMs()),
                                config.consumers().assignors(),
                                config.consumers().mayUpgrade(),
                                config.consumers().mayDowngrade(),
                                Set.of(TOPIC, TransactionServices.TOPIC, ShareServices.TOPIC)),
                        new GroupSettings.Streams(
                                config.streams().maxMembers(),
                                new GroupSettings.StreamsTimes(
                                        config.streams().sessionMs(),
                                        config.streams().heartbeatMs(),
                                        config.streams().delayMs(),
                                        config.streams().standbys())),
                        new GroupSettings.Shares(
                                config.shares().maxMembers(),
                                new GroupSettings.ShareTimes(
                                        config.shares().sessionMs(),
                                        config.shares().heartbeatMs())));
        Topics topics = new ClusterTopics(ground.metadata());
        GroupServices groups =
                new GroupServices(
                        ground.topic(
                                TOPIC,
                                config.topicPartitions(),
                                config.topicReplicationFactor(),
                                config.topicSegmentBytes(),
                                Map.of()),
                        ground.host(
                                TOPIC, partition -> new GroupCoordinator(settings, topics), CODEC));
        ground.metadata()
                .subscribe(
                        (before, after) -> groups.forget(after.goneSince(before), ground.home()));
        return groups;
    }

    /** Nobody needs offsets of topics that are gone. A coordinator that loads finds out itself. */
    private void forget(Set<String> topics, EventLoop home) {
        for (int i = 0; !topics.isEmpty() && i < topic().partitions(); i++) {
            host().submit(i, new GroupCommand.TopicsGone(topics), home, reply -> {});
        }
    }

    /**
     * A transaction ended: its offsets count from now on, or go. The partitions that hold groups
     * have no records of transactions, so the marker is a command to the coordinator.
     */
    public void endTransaction(
            int partition, TransactionMarker marker, EventLoop loop, Consumer<ErrorCode> done) {
        host().submit(
                        partition,
                        new GroupCommand.EndTransaction(
                                marker.producerId(),
                                marker.producerEpoch(),
                                marker.commit(),
                                marker.endsEpoch()),
                        loop,
                        reply -> {
                            switch (reply) {
                                case Reply.Answered<GroupReply>(GroupReply.Done(ErrorCode error)) ->
                                        done.accept(error);
                                case Reply.Answered<GroupReply> other ->
                                        throw new IllegalStateException("an odd answer: " + other);
                                case Reply.Refused<GroupReply>(ErrorCode error) ->
                                        done.accept(error);
                            }
                        });
    }
}
