package io.sluice.broker;

import io.sluice.core.config.BrokerConfig;
import io.sluice.core.config.ConfigResolver;
import io.sluice.core.model.Uuid;
import io.sluice.core.record.Codecs;
import io.sluice.core.record.ProduceValidator;
import io.sluice.engine.loop.EventLoop;
import io.sluice.engine.loop.IoThreads;
import io.sluice.engine.metadata.Metadata;
import io.sluice.engine.partition.PartitionLifecycle;
import io.sluice.engine.schedule.HostedSchedules;
import io.sluice.engine.share.DeadLetterBox;
import io.sluice.engine.share.HostedQueues;
import io.sluice.engine.view.LogWalk;
import io.sluice.engine.view.Views;
import io.sluice.kafka.api.CoordinatorGate;
import io.sluice.kafka.api.CoordinatorGround;
import io.sluice.kafka.api.GroupServices;
import io.sluice.kafka.api.KafkaServices;
import io.sluice.kafka.api.OtherBrokers;
import io.sluice.kafka.api.QueueLedger;
import io.sluice.kafka.api.QueueQuestions;
import io.sluice.kafka.api.RoutedGate;
import io.sluice.kafka.api.RoutedMarkers;
import io.sluice.kafka.api.ShareServices;
import io.sluice.kafka.api.Shares;
import io.sluice.kafka.api.TransactionMarkers;
import io.sluice.kafka.api.TransactionServices;
import io.sluice.kafka.peer.PeerConnections;
import io.sluice.storage.LogDirectories;
import java.util.Map;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/**
 * What stands behind the Kafka door: the coordinators of groups, transactions and queues, each told
 * when a partition of its topic begins or ends to be led here, and the ways to those of other
 * brokers.
 *
 * @param identities new random identities
 * @param home the loop of what belongs to no partition
 */
record KafkaWiring(
        BrokerConfig config,
        ConfigResolver resolver,
        Metadata metadata,
        LogDirectories logs,
        PartitionLifecycle partitions,
        HostedSchedules schedules,
        PeerConnections peers,
        IoThreads io,
        Codecs codecs,
        Supplier<Uuid> identities,
        EventLoop home) {

    /** Connects them. Once, before the broker starts. */
    KafkaServices services() {
        CoordinatorGround ground =
                new CoordinatorGround(
                        config.nodeId(),
                        metadata,
                        partitions.partitions(),
                        io,
                        codecs,
                        identities,
                        home);
        GroupServices groups = GroupServices.create(config.groups(), ground);
        TransactionMarkers markers =
                new TransactionMarkers(
                        metadata,
                        partitions.partitions(),
                        Map.of(GroupServices.TOPIC, groups::endTransaction));
        RoutedMarkers routed = new RoutedMarkers(config.nodeId(), metadata, markers::write, peers);
        OtherBrokers others = new OtherBrokers(config.nodeId(), peers);
        TransactionServices transactions =
                TransactionServices.create(config.transactions(), ground, routed, others);
        ShareServices states = ShareServices.create(config.groups().shares().state(), ground);
        partitions.onLeading(groups.host()::leading);
        partitions.onLeading(transactions.host()::leading);
        partitions.onLeading(states.host()::leading);
        partitions.onServing(transactions::opened);
        QueueLedger ledger = QueueLedger.create(config.groups().shares().ledger(), ground, others);
        QueueQuestions questions = QueueQuestions.create(ground, others);
        Shares shares =
                shares(
                        states,
                        Shares.deadLetters(config.groups().shares(), ground, others),
                        queues -> queues.keeping(ledger.ledger()).asking(questions.box()));
        partitions.onServing(questions.hear(shares.queues(), others)::opened);
        LogWalk walk = new LogWalk(io, codecs);
        return new KafkaServices(
                config.nodeId(),
                metadata,
                partitions.partitions(),
                logs,
                resolver,
                new ProduceValidator(codecs),
                partitions::move,
                identities,
                config.network().fetchMaxBytes(),
                config.network().fetchSessions(),
                config.replication().readNearby(),
                groups,
                transactions,
                shares,
                schedules,
                markers,
                new RoutedGate(
                        config.nodeId(),
                        transactions.topic(),
                        new CoordinatorGate(transactions),
                        peers),
                new Views(shares.queues().views(walk), ledger.views(walk), schedules.views()));
    }

    private Shares shares(
            ShareServices states, DeadLetterBox dead, UnaryOperator<HostedQueues> with) {
        return Shares.create(
                config.groups().shares(),
                config.nodeId(),
                metadata,
                partitions.partitions(),
                peers,
                states,
                (store, rules) ->
                        with.apply(
                                new HostedQueues(
                                        partitions.partitions(), store, rules, dead, io, codecs)));
    }
}
