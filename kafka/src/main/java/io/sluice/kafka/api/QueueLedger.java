package io.sluice.kafka.api;

import io.sluice.core.config.BrokerConfig;
import io.sluice.engine.coordinator.InternalTopic;
import io.sluice.engine.metadata.Metadata;
import io.sluice.engine.partition.Appender;
import io.sluice.engine.partition.OtherLeaders;
import io.sluice.engine.share.Ledger;
import io.sluice.engine.share.LedgerView;
import io.sluice.engine.share.LedgerWriter;
import io.sluice.engine.view.LogWalk;
import io.sluice.engine.view.Views;
import java.util.Map;
import org.apache.kafka.common.internals.Topic;

/**
 * The ledger of queues of a broker: its topic, who writes to it, and how it is read
 * (docs/adr/ledger.md).
 */
public record QueueLedger(InternalTopic topic, Metadata metadata, Ledger ledger) {

    /** The topic's name, as clients know it. */
    public static final String TOPIC = "__sluice_ledger";

    /** Whether a topic is one of the brokers' own, which subscriptions by pattern leave out. */
    public static boolean isInternal(String name) {
        return Topic.isInternal(name) || name.equals(TOPIC);
    }

    /** The ledger of a broker. */
    public static QueueLedger create(
            BrokerConfig.Ledger config, CoordinatorGround ground, OtherLeaders others) {
        InternalTopic topic =
                new InternalTopic(
                        new InternalTopic.Spec(
                                TOPIC,
                                config.topicPartitions(),
                                config.topicReplicationFactor(),
                                Map.of(
                                        "cleanup.policy",
                                        "delete",
                                        "retention.ms",
                                        Long.toString(config.retentionMs()),
                                        // Nobody waits for it, and no disk is to be kept busy by
                                        // it.
                                        "sluice.flush",
                                        "os")),
                        ground.metadata(),
                        ground.identities());
        topic.growWithTheCluster(ground.brokerId(), ground.home());
        return new QueueLedger(
                topic,
                ground.metadata(),
                new LedgerWriter(
                        new Appender(ground.partitions(), ground.metadata(), others), topic));
    }

    /** The view of it, by its kind. */
    public Map<String, Views.Kind> views(LogWalk walk) {
        return Map.of(LedgerView.NAME, name -> new LedgerView(walk, metadata, topic, name));
    }
}
