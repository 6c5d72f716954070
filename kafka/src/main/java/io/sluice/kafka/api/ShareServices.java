package io.sluice.kafka.api;

import io.sluice.core.config.BrokerConfig;
import io.sluice.core.controller.ClusterImage;
import io.sluice.core.model.Uuid;
import io.sluice.core.share.ShareCommand;
import io.sluice.core.share.ShareCoordinator;
import io.sluice.core.share.ShareEvent;
import io.sluice.core.share.ShareEventFormat;
import io.sluice.core.share.ShareKey;
import io.sluice.core.share.ShareReply;
import io.sluice.engine.coordinator.CoordinatorHost;
import io.sluice.engine.coordinator.EventCodec;
import io.sluice.engine.coordinator.InternalTopic;
import io.sluice.engine.coordinator.Reply;
import io.sluice.engine.loop.EventLoop;
import io.sluice.engine.metadata.Metadata;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;

/** The queues that this broker remembers, and the topic that holds what all brokers remember. */
public final class ShareServices extends CoordinatorServices<ShareCommand, ShareEvent, ShareReply> {

    /** The topic's name, as clients know it. */
    public static final String TOPIC = "__share_group_state";

    /** Events of queues as records. */
    public static final EventCodec<ShareEvent> CODEC =
            EventCodec.of(ShareEventFormat::key, ShareEventFormat::value, ShareEventFormat::read);

    /** How often queues of topics that are not there are looked for. */
    private static final long LOOK_MS = 600_000;

    /** By the coordinator's partition; on the home loop alone. */
    private final Map<Integer, Set<Uuid>> absentBefore = new HashMap<>();

    private ShareServices(
            InternalTopic topic, CoordinatorHost<ShareCommand, ShareEvent, ShareReply> host) {
        super(topic, host);
    }

    /** Coordinators of queues for a broker. */
    public static ShareServices create(BrokerConfig.ShareState config, CoordinatorGround ground) {
        ShareServices shares =
                new ShareServices(
                        ground.topic(
                                TOPIC,
                                config.topicPartitions(),
                                config.topicReplicationFactor(),
                                config.topicSegmentBytes(),
                                Map.of(
                                        "min.insync.replicas",
                                        Integer.toString(config.topicMinIsr()))),
                        ground.host(TOPIC, partition -> new ShareCoordinator(), CODEC));
        ground.metadata().subscribe((before, after) -> shares.forget(before, after, ground.home()));
        ground.home().execute(() -> shares.lookLater(ground.metadata(), ground.home()));
        return shares;
    }

    /** A coordinator may have been between two brokers when a topic went. */
    private void lookLater(Metadata metadata, EventLoop home) {
        home.schedule(
                LOOK_MS,
                () -> {
                    look(metadata, home);
                    lookLater(metadata, home);
                });
    }

    private void look(Metadata metadata, EventLoop home) {
        for (int i = 0; i < topic().partitions(); i++) {
            int partition = i;
            host().submit(
                            partition,
                            new ShareCommand.ListTopics(),
                            home,
                            reply -> {
                                if (reply
                                        instanceof
                                        Reply.Answered<ShareReply>(ShareReply.Topics(var ids))) {
                                    forgetAbsent(partition, ids, metadata, home);
                                }
                            });
        }
    }

    /** Those that were not there the last time either: an image may be a little behind. */
    private void forgetAbsent(
            int partition, SortedSet<Uuid> ids, Metadata metadata, EventLoop home) {
        Set<Uuid> absent = new HashSet<>(ids);
        absent.removeAll(metadata.image().topicsById().keySet());
        Set<Uuid> before = absentBefore.getOrDefault(partition, Set.of());
        for (Uuid id : absent) {
            if (before.contains(id)) {
                host().submit(partition, new ShareCommand.DeleteTopic(id), home, reply -> {});
            }
        }
        absentBefore.put(partition, absent);
    }

    /** What a queue's coordinator is found by (KIP-932). */
    public static String nameOf(ShareKey key) {
        return key.group() + ":" + key.topicId() + ":" + key.partition();
    }

    /** Queues of topics that are gone are gone, too. */
    private void forget(ClusterImage before, ClusterImage after, EventLoop home) {
        if (before.topicsById() == after.topicsById()) {
            return;
        }
        for (Uuid id : before.topicsById().keySet()) {
            for (int i = 0; !after.topicsById().containsKey(id) && i < topic().partitions(); i++) {
                host().submit(i, new ShareCommand.DeleteTopic(id), home, reply -> {});
            }
        }
    }
}
