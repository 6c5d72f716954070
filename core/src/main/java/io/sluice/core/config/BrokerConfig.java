package io.sluice.core.config;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;

/**
 * What a broker is started with, checked and typed. Read with {@link #read}. Times are in
 * milliseconds, sizes in bytes; the meaning of each setting is told by {@link ConfigSchema#broker}.
 *
 * @param nodeId node.id
 * @param rack broker.rack
 * @param listeners where it listens for clients; never empty
 * @param advertisedListeners what clients are told, by the names of {@code listeners}; empty says
 *     the same as those, with the ports they got
 * @param logDirectories log.dirs; never empty
 * @param metadataDirectory metadata.log.dir; empty lets it lie in the first log directory
 * @param eventLoops num.network.threads; 0 is one for each processor
 * @param maintenanceThreads num.recovery.threads.per.data.dir
 * @param shutdownGraceMs sluice.shutdown.grace.ms
 * @param http sluice.http.listener
 * @param cluster empty for a broker by itself
 * @param values what was set, by name, for {@link ConfigResolver}
 */
public record BrokerConfig(
        int nodeId,
        Optional<String> rack,
        List<Listener> listeners,
        List<Listener> advertisedListeners,
        List<String> logDirectories,
        Optional<String> metadataDirectory,
        int eventLoops,
        int maintenanceThreads,
        long shutdownGraceMs,
        Optional<Listener> http,
        Network network,
        Topics topics,
        Storage storage,
        Groups groups,
        Transactions transactions,
        Optional<Cluster> cluster,
        Replication replication,
        SortedMap<String, String> values) {

    /**
     * Limits of connections.
     *
     * @param requestMaxBytes socket.request.max.bytes
     * @param requestMemoryBytes queued.max.request.bytes
     * @param maxConnections max.connections
     * @param maxConnectionsPerAddress max.connections.per.ip
     * @param idleTimeoutMs connections.max.idle.ms
     * @param writeTimeoutMs sluice.connections.write.timeout.ms
     * @param sendBufferBytes socket.send.buffer.bytes; -1 leaves it to the system
     * @param receiveBufferBytes socket.receive.buffer.bytes; -1 leaves it to the system
     * @param backlog socket.listen.backlog.size
     * @param fetchMaxBytes fetch.max.bytes
     * @param fetchSessions max.incremental.fetch.session.cache.slots
     */
    public record Network(
            int requestMaxBytes,
            long requestMemoryBytes,
            int maxConnections,
            int maxConnectionsPerAddress,
            long idleTimeoutMs,
            long writeTimeoutMs,
            int sendBufferBytes,
            int receiveBufferBytes,
            int backlog,
            int fetchMaxBytes,
            int fetchSessions) {}

    /**
     * What holds for topics and producers where nobody says otherwise. The first four may be
     * changed at run time: what is in force then is {@link ConfigResolver#brokerValue}.
     *
     * @param autoCreate auto.create.topics.enable
     * @param deletion delete.topic.enable
     * @param partitions num.partitions
     * @param replicationFactor default.replication.factor
     * @param producerExpirationMs producer.id.expiration.ms
     */
    public record Topics(
            boolean autoCreate,
            boolean deletion,
            int partitions,
            int replicationFactor,
            long producerExpirationMs) {}

    /**
     * How the logs keep house.
     *
     * @param maxOpenFiles sluice.max.open.files
     * @param maxWaiting sluice.schedule.max.waiting
     * @param retentionIntervalMs log.retention.check.interval.ms
     * @param checkpointIntervalMs log.flush.offset.checkpoint.interval.ms
     * @param highWatermarkIntervalMs replica.high.watermark.checkpoint.interval.ms
     * @param cleanerEnabled log.cleaner.enable
     * @param cleanerIntervalMs log.cleaner.backoff.ms
     * @param cleanerBufferBytes log.cleaner.dedupe.buffer.size
     */
    public record Storage(
            int maxOpenFiles,
            long maxWaiting,
            long retentionIntervalMs,
            long checkpointIntervalMs,
            long highWatermarkIntervalMs,
            boolean cleanerEnabled,
            long cleanerIntervalMs,
            int cleanerBufferBytes) {}

    /**
     * Consumer groups, and the topic that holds them.
     *
     * @param topicPartitions offsets.topic.num.partitions
     * @param topicReplicationFactor offsets.topic.replication.factor
     * @param topicSegmentBytes offsets.topic.segment.bytes
     * @param metadataMaxBytes offset.metadata.max.bytes
     * @param retentionMs offsets.retention.minutes, in milliseconds
     * @param retentionCheckMs offsets.retention.check.interval.ms
     * @param minSessionMs group.min.session.timeout.ms
     * @param maxSessionMs group.max.session.timeout.ms
     * @param initialDelayMs group.initial.rebalance.delay.ms
     * @param maxMembers group.max.size
     * @param consumers groups with group.protocol=consumer
     */
    public record Groups(
            int topicPartitions,
            int topicReplicationFactor,
            int topicSegmentBytes,
            int metadataMaxBytes,
            long retentionMs,
            long retentionCheckMs,
            int minSessionMs,
            int maxSessionMs,
            int initialDelayMs,
            int maxMembers,
            Consumers consumers,
            Streams streams,
            Shares shares) {}

    /**
     * Groups whose partitions the broker assigns.
     *
     * @param maxMembers group.consumer.max.size
     * @param sessionMs group.consumer.session.timeout.ms
     * @param heartbeatMs group.consumer.heartbeat.interval.ms
     * @param assignmentMs group.consumer.assignment.interval.ms
     * @param assignors group.consumer.assignors
     * @param mayUpgrade group.consumer.migration.policy is upgrade or bidirectional
     * @param mayDowngrade group.consumer.migration.policy is downgrade or bidirectional
     */
    public record Consumers(
            int maxMembers,
            int sessionMs,
            int heartbeatMs,
            int assignmentMs,
            List<String> assignors,
            boolean mayUpgrade,
            boolean mayDowngrade) {}

    /**
     * Groups whose tasks the broker assigns.
     *
     * @param maxMembers group.streams.max.size
     * @param sessionMs group.streams.session.timeout.ms
     * @param heartbeatMs group.streams.heartbeat.interval.ms
     * @param delayMs group.streams.initial.rebalance.delay.ms
     * @param standbys group.streams.num.standby.replicas
     */
    public record Streams(
            int maxMembers, int sessionMs, int heartbeatMs, int delayMs, int standbys) {}

    /**
     * Groups whose members share partitions record by record (KIP-932).
     *
     * @param maxMembers group.share.max.size
     * @param sessionMs group.share.session.timeout.ms
     * @param heartbeatMs group.share.heartbeat.interval.ms
     * @param maxReaders group.share.max.share.sessions
     * @param lockMs group.share.record.lock.duration.ms
     * @param deliveryLimit group.share.delivery.count.limit
     * @param maxLocks group.share.partition.max.record.locks
     * @param makeDeadTopics errors.deadletterqueue.auto.create.topics.enable
     * @param deadTopicPrefix errors.deadletterqueue.topic.name.prefix
     */
    public record Shares(
            int maxMembers,
            int sessionMs,
            int heartbeatMs,
            int maxReaders,
            int lockMs,
            int deliveryLimit,
            int maxLocks,
            boolean makeDeadTopics,
            String deadTopicPrefix,
            ShareState state,
            Ledger ledger) {}

    /**
     * What is taken down of queues.
     *
     * @param enabled sluice.queue.ledger.enable: for groups that do not say
     * @param retentionMs sluice.queue.ledger.retention.ms
     * @param topicPartitions sluice.queue.ledger.topic.num.partitions
     * @param topicReplicationFactor sluice.queue.ledger.topic.replication.factor
     */
    public record Ledger(
            boolean enabled, long retentionMs, int topicPartitions, int topicReplicationFactor) {}

    /**
     * The topic that remembers queues.
     *
     * @param topicPartitions share.coordinator.state.topic.num.partitions
     * @param topicReplicationFactor share.coordinator.state.topic.replication.factor
     * @param topicMinIsr share.coordinator.state.topic.min.isr
     * @param topicSegmentBytes share.coordinator.state.topic.segment.bytes
     */
    public record ShareState(
            int topicPartitions,
            int topicReplicationFactor,
            int topicMinIsr,
            int topicSegmentBytes) {}

    /**
     * Transactions, and the topic that holds them.
     *
     * @param topicPartitions transaction.state.log.num.partitions
     * @param topicReplicationFactor transaction.state.log.replication.factor
     * @param topicMinIsr transaction.state.log.min.isr
     * @param topicSegmentBytes transaction.state.log.segment.bytes
     * @param maxTimeoutMs transaction.max.timeout.ms
     * @param abortIntervalMs transaction.abort.timed.out.transaction.cleanup.interval.ms
     * @param expirationMs transactional.id.expiration.ms
     * @param expiryIntervalMs transaction.remove.expired.transaction.cleanup.interval.ms
     * @param waitMs add.partitions.to.txn.retry.backoff.max.ms
     * @param twoPhase transaction.two.phase.commit.enable
     */
    public record Transactions(
            int topicPartitions,
            int topicReplicationFactor,
            int topicMinIsr,
            int topicSegmentBytes,
            int maxTimeoutMs,
            long abortIntervalMs,
            long expirationMs,
            long expiryIntervalMs,
            long waitMs,
            boolean twoPhase) {}

    /**
     * How the broker is one of several.
     *
     * @param voters controller.quorum.voters; empty for one that joins by {@code bootstrap}
     * @param bootstrap controller.quorum.bootstrap.servers
     * @param controllerListener where it listens for what keeps the metadata log
     * @param controllerAddress where the other brokers reach that
     * @param electionTimeoutMs controller.quorum.election.timeout.ms
     * @param sessionTimeoutMs broker.session.timeout.ms
     * @param heartbeatIntervalMs broker.heartbeat.interval.ms
     */
    public record Cluster(
            List<Voter> voters,
            List<Address> bootstrap,
            Listener controllerListener,
            Address controllerAddress,
            int electionTimeoutMs,
            int sessionTimeoutMs,
            int heartbeatIntervalMs) {}

    /** A broker that keeps the metadata log. */
    public record Voter(int id, Address address) {

        /** As {@code controller.quorum.voters} names it. */
        @Override
        public String toString() {
            return id + "@" + address;
        }
    }

    /** Where something is reached. */
    public record Address(String host, int port) {

        @Override
        public String toString() {
            return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + port;
        }
    }

    /**
     * How replicas are kept.
     *
     * @param interBrokerListener inter.broker.listener.name
     * @param maxLagMs replica.lag.time.max.ms
     * @param fetchMaxBytes replica.fetch.max.bytes
     * @param fetchResponseMaxBytes replica.fetch.response.max.bytes
     * @param fetchWaitMs replica.fetch.wait.max.ms
     * @param fetchBackoffMs replica.fetch.backoff.ms
     * @param readNearby whether replica.selector.class sends consumers to replicas of their rack
     */
    public record Replication(
            String interBrokerListener,
            long maxLagMs,
            int fetchMaxBytes,
            int fetchResponseMaxBytes,
            int fetchWaitMs,
            int fetchBackoffMs,
            boolean readNearby) {}

    /** What came of reading. */
    public sealed interface Reading {

        record Valid(BrokerConfig config) implements Reading {}

        /**
         * @param faults one sentence each, that names the key, the value and the remedy
         */
        record Invalid(List<String> faults) implements Reading {}
    }

    /** Reads what was set, by name; all that is wrong is told at once. */
    public static Reading read(Map<String, String> values) {
        return new BrokerConfigReader(values).read();
    }
}
