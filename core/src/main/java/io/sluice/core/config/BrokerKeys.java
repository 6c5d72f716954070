package io.sluice.core.config;

import static io.sluice.core.config.ConfigKey.bool;
import static io.sluice.core.config.ConfigKey.ints;
import static io.sluice.core.config.ConfigKey.longs;
import static io.sluice.core.config.ConfigKey.of;

import io.sluice.core.config.ConfigKey.BrokerName;
import io.sluice.core.config.ConfigKey.Type;
import io.sluice.core.config.ConfigKey.Update;
import java.util.ArrayList;
import java.util.List;

/** The settings of a broker: its own, and the defaults of its topics. Each has an effect. */
final class BrokerKeys {

    private static final long MAX_INT = Integer.MAX_VALUE;
    private static final long MAX_LONG = Long.MAX_VALUE;

    /** Topics' settings whose default is the same on all brokers, or replicas would disagree. */
    private static final List<String> CLUSTER_WIDE =
            List.of("min.insync.replicas", "unclean.leader.election.enable");

    private BrokerKeys() {}

    static List<ConfigKey> all() {
        List<ConfigKey> keys = new ArrayList<>();
        identity(keys);
        threads(keys);
        network(keys);
        fetching(keys);
        topics(keys);
        storage(keys);
        cleaner(keys);
        keys.addAll(GroupKeys.all());
        keys.addAll(ShareKeys.all());
        keys.addAll(LedgerKeys.all());
        keys.addAll(TransactionKeys.all());
        keys.addAll(ClusterKeys.all());
        keys.addAll(BalanceKeys.all());
        topicDefaults(keys);
        return keys;
    }

    private static void identity(List<ConfigKey> keys) {
        String nodeId = "The broker's number, its own in the cluster.";
        keys.add(ints("node.id", 1, 0, MAX_INT, nodeId).orFrom("broker.id", 1));
        keys.add(ints("broker.id", 1, 0, MAX_INT, "As node.id.").withoutDefault());
        keys.add(
                of(
                                "broker.rack",
                                Type.STRING,
                                "",
                                "Where the broker stands, for placement and near reads.")
                        .withoutDefault());
        keys.add(
                of(
                        "listeners",
                        Type.LIST,
                        "PLAINTEXT://127.0.0.1:9092",
                        "Where the broker listens: NAME://HOST:PORT; no host is every address, "
                                + "port 0 takes a free one."));
        keys.add(
                of(
                                "advertised.listeners",
                                Type.LIST,
                                "",
                                "What clients are told, where it differs from listeners.")
                        .withoutDefault());
        keys.add(
                of(
                                "sluice.http.listener",
                                Type.STRING,
                                "",
                                "Where metrics and probes are served: HTTP://HOST:PORT; no host is"
                                        + " every address, port 0 takes a free one.")
                        .withoutDefault());
        keys.add(
                of(
                                "log.dirs",
                                Type.LIST,
                                "data",
                                "Folders for the logs, separated by commas, one for each disk.")
                        .orFrom("log.dir", 1));
        keys.add(of("log.dir", Type.LIST, "", "As log.dirs.").withoutDefault());
        keys.add(
                of(
                                "metadata.log.dir",
                                Type.STRING,
                                "",
                                "The folder of the metadata log; by default in the first of "
                                        + "log.dirs.")
                        .withoutDefault());
    }

    private static void threads(List<ConfigKey> keys) {
        keys.add(
                ints(
                        "num.network.threads",
                        0,
                        0,
                        1024,
                        "Event loops, which own connections and partitions; 0 is one for each "
                                + "processor."));
        keys.add(
                ints(
                        "num.recovery.threads.per.data.dir",
                        2,
                        1,
                        256,
                        "Threads for recovery, compaction and deletion."));
        keys.add(
                longs(
                        "sluice.shutdown.grace.ms",
                        5_000,
                        0,
                        TopicKeys.HOUR_MS,
                        "How long requests in flight may take when the broker stops, in "
                                + "milliseconds."));
    }

    private static void network(List<ConfigKey> keys) {
        keys.add(
                ints(
                        "socket.request.max.bytes",
                        104_857_600,
                        1,
                        MAX_INT,
                        "The largest request that is taken; a larger one costs its sender the "
                                + "connection."));
        keys.add(
                longs(
                        "queued.max.request.bytes",
                        67_108_864,
                        1_048_576,
                        MAX_LONG,
                        "Memory for requests that are being received or served; beyond it no "
                                + "further request is read."));
        keys.add(
                ints(
                        "max.connections",
                        20_000,
                        1,
                        MAX_INT,
                        "Connections in all; one more is closed at once."));
        keys.add(
                ints(
                        "max.connections.per.ip",
                        MAX_INT,
                        1,
                        MAX_INT,
                        "Connections from one address; one more is closed at once."));
        keys.add(
                longs(
                        "connections.max.idle.ms",
                        600_000,
                        1,
                        MAX_LONG,
                        "A connection silent for so long is closed, in milliseconds."));
        keys.add(
                longs(
                        "sluice.connections.write.timeout.ms",
                        60_000,
                        1,
                        MAX_LONG,
                        "A client that takes nothing of what waits for it for so long is closed, "
                                + "in milliseconds."));
        String system = "; -1 leaves it to the system.";
        keys.add(
                ints(
                        "socket.send.buffer.bytes",
                        -1,
                        -1,
                        MAX_INT,
                        "The send buffer of a socket" + system));
        keys.add(
                ints(
                        "socket.receive.buffer.bytes",
                        -1,
                        -1,
                        MAX_INT,
                        "The receive buffer of a socket" + system));
        keys.add(
                ints(
                        "socket.listen.backlog.size",
                        1024,
                        1,
                        MAX_INT,
                        "Connections that may wait to be accepted."));
    }

    private static void fetching(List<ConfigKey> keys) {
        keys.add(
                ints(
                        "fetch.max.bytes",
                        57_671_680,
                        1024,
                        MAX_INT,
                        "Bytes of one fetch answer at most."));
        keys.add(
                ints(
                        "max.incremental.fetch.session.cache.slots",
                        1000,
                        0,
                        1_000_000,
                        "Fetch sessions remembered (KIP-227)."));
    }

    private static void topics(List<ConfigKey> keys) {
        keys.add(
                bool(
                                "auto.create.topics.enable",
                                true,
                                "Whether a topic is made when a client first names it.")
                        .updated(Update.CLUSTER_WIDE));
        keys.add(
                bool("delete.topic.enable", true, "Whether topics may be deleted.")
                        .updated(Update.CLUSTER_WIDE));
        keys.add(
                ints("num.partitions", 1, 1, 100_000, "Partitions of a topic that does not say.")
                        .updated(Update.CLUSTER_WIDE));
        keys.add(
                ints(
                                "default.replication.factor",
                                1,
                                1,
                                Short.MAX_VALUE,
                                "Replicas of a topic that does not say.")
                        .updated(Update.CLUSTER_WIDE));
        keys.add(
                longs(
                        "producer.id.expiration.ms",
                        86_400_000,
                        1,
                        MAX_LONG,
                        "How long a silent producer's sequence numbers are remembered, in "
                                + "milliseconds."));
    }

    private static void storage(List<ConfigKey> keys) {
        keys.add(
                ints(
                        "sluice.max.open.files",
                        4096,
                        64,
                        MAX_INT,
                        "Segment files open at once; the one not used for longest is closed."));
        keys.add(
                longs(
                        "sluice.schedule.max.waiting",
                        100_000_000L,
                        0,
                        Long.MAX_VALUE,
                        "Delayed messages that may wait in partitions led here; more are refused."));
        keys.add(
                longs(
                        "log.retention.check.interval.ms",
                        300_000,
                        1,
                        MAX_LONG,
                        "How often retention looks for what may go, in milliseconds."));
        keys.add(
                longs(
                        "log.flush.offset.checkpoint.interval.ms",
                        10_000,
                        1,
                        MAX_LONG,
                        "How often recovery points and log starts are written, in milliseconds."));
        keys.add(
                longs(
                        "replica.high.watermark.checkpoint.interval.ms",
                        5_000,
                        1,
                        MAX_LONG,
                        "How often high watermarks are written, in milliseconds."));
    }

    private static void cleaner(List<ConfigKey> keys) {
        keys.add(bool("log.cleaner.enable", true, "Whether compaction runs."));
        keys.add(
                longs(
                        "log.cleaner.backoff.ms",
                        15_000,
                        1,
                        MAX_LONG,
                        "How often the cleaner looks for work, in milliseconds."));
        keys.add(
                longs(
                        "log.cleaner.dedupe.buffer.size",
                        33_554_432,
                        1_048_576,
                        MAX_INT,
                        "Memory of the cleaner's key map while it cleans, in bytes."));
    }

    /** The broker's defaults for topics: the same checks under the broker's names. */
    private static void topicDefaults(List<ConfigKey> keys) {
        for (ConfigKey topic : TopicKeys.all()) {
            List<BrokerName> names = topic.brokerNames();
            String name = names.getFirst().name();
            keys.add(
                    new ConfigKey(
                            name,
                            topic.type(),
                            topic.defaultValue(),
                            "Topics' %s where they do not say. %s"
                                    .formatted(topic.name(), topic.documentation()),
                            CLUSTER_WIDE.contains(name) ? Update.CLUSTER_WIDE : Update.PER_BROKER,
                            names,
                            topic.check()));
            for (BrokerName coarser : names.subList(1, names.size())) {
                long least = topic.check().apply("-1").isEmpty() ? -1 : 1;
                keys.add(
                        longs(
                                        coarser.name(),
                                        0,
                                        least,
                                        MAX_LONG / coarser.factor(),
                                        "As %s, in units of %d ms; that one takes precedence."
                                                .formatted(name, coarser.factor()))
                                .withoutDefault()
                                .updated(Update.PER_BROKER));
            }
        }
    }
}
