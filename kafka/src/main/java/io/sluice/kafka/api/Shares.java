package io.sluice.kafka.api;

import io.sluice.core.config.BrokerConfig;
import io.sluice.engine.metadata.Metadata;
import io.sluice.engine.partition.Appender;
import io.sluice.engine.partition.OtherLeaders;
import io.sluice.engine.partition.Partitions;
import io.sluice.engine.share.DeadLetterBox;
import io.sluice.engine.share.DeadLetterWriter;
import io.sluice.engine.share.Queues;
import io.sluice.engine.share.ShareStore;
import io.sluice.kafka.peer.PeerConnections;
import java.util.function.BiFunction;

/**
 * Queues, as the door sees them.
 *
 * @param states what this broker remembers of queues
 * @param known what all brokers remember
 * @param ends where partitions end, for what is left in queues
 * @param queues of the partitions that this broker leads
 * @param maxReaders members that may read from this broker (group.share.max.share.sessions)
 */
public record Shares(
        ShareServices states,
        KnownQueues known,
        EndOffsets ends,
        Queues queues,
        GroupRules rules,
        int maxReaders) {

    /**
     * Queues for a broker.
     *
     * @param made gives the queues of this broker, by where they are remembered and what rules them
     */
    public static Shares create(
            BrokerConfig.Shares config,
            int brokerId,
            Metadata metadata,
            Partitions partitions,
            PeerConnections peers,
            ShareServices states,
            BiFunction<ShareStore, GroupRules, Queues> made) {
        RoutedShareStore store = new RoutedShareStore(brokerId, states, peers);
        GroupRules rules = new GroupRules(config, metadata);
        return new Shares(
                states,
                new KnownQueues(brokerId, states, store, peers, metadata),
                new EndOffsets(brokerId, metadata, partitions, peers),
                made.apply(store, rules),
                rules,
                config.maxReaders());
    }

    /** Where a broker writes dead letters. */
    public static DeadLetterBox deadLetters(
            BrokerConfig.Shares config, CoordinatorGround ground, OtherLeaders others) {
        return new DeadLetterWriter(
                ground.metadata(),
                ground.identities(),
                ground.home(),
                ground.io(),
                ground.codecs(),
                new Appender(ground.partitions(), ground.metadata(), others),
                new DeadLetterWriter.Making(config.makeDeadTopics(), config.deadTopicPrefix()));
    }
}
