package io.sluice.core.config;

import static io.sluice.core.config.ConfigKey.choice;
import static io.sluice.core.config.ConfigKey.ints;
import static io.sluice.core.config.ConfigKey.longs;
import static io.sluice.core.config.ConfigKey.of;

import io.sluice.core.config.ConfigKey.Type;
import io.sluice.core.config.ConfigKey.Update;
import java.util.List;

/** The settings of a broker that is one of several. */
final class ClusterKeys {

    private static final long MAX_INT = Integer.MAX_VALUE;

    /** The one selector there is, by Kafka's name. */
    static final String NEAREST = "org.apache.kafka.common.replica.RackAwareReplicaSelector";

    private ClusterKeys() {}

    static List<ConfigKey> all() {
        return List.of(
                of(
                                "controller.quorum.voters",
                                Type.LIST,
                                "",
                                "The brokers that keep the metadata log: ID@HOST:PORT, one, three"
                                        + " or five, the same on every broker.")
                        .withoutDefault(),
                of(
                                "controller.quorum.bootstrap.servers",
                                Type.LIST,
                                "",
                                "Brokers of a cluster to join, HOST:PORT of their controller"
                                        + " listeners; one that answers is enough.")
                        .withoutDefault(),
                of(
                                "controller.listener.names",
                                Type.STRING,
                                "",
                                "The one of listeners by which brokers keep the metadata log.")
                        .withoutDefault(),
                of(
                                "inter.broker.listener.name",
                                Type.STRING,
                                "",
                                "The one of listeners by which brokers fetch from each other; by"
                                        + " default the first for clients.")
                        .withoutDefault(),
                ints(
                        "controller.quorum.election.timeout.ms",
                        1_000,
                        100,
                        60_000,
                        "How long a voter that hears of no leader waits before it asks to be one,"
                                + " in milliseconds."),
                ints(
                        "broker.session.timeout.ms",
                        3_000,
                        100,
                        MAX_INT,
                        "A broker that is not heard of for so long is fenced: it leads no more, in"
                                + " milliseconds."),
                ints(
                        "broker.heartbeat.interval.ms",
                        500,
                        10,
                        MAX_INT,
                        "How often a broker tells the controller that it lives, in milliseconds."),
                longs(
                        "replica.lag.time.max.ms",
                        10_000,
                        100,
                        MAX_INT,
                        "A replica that has not had all there was for so long is in sync no more,"
                                + " in milliseconds."),
                choice(
                        "replica.selector.class",
                        "",
                        "Which replica a consumer that tells its client.rack reads from: the leader,"
                                + " or with Kafka's RackAwareReplicaSelector one of its own rack"
                                + " (KIP-392).",
                        "",
                        NEAREST),
                ints(
                        "replica.fetch.max.bytes",
                        1_048_576,
                        1_024,
                        MAX_INT,
                        "Bytes of one partition in one fetch of a replica, softly."),
                ints(
                        "replica.fetch.response.max.bytes",
                        10_485_760,
                        1_024,
                        MAX_INT,
                        "Bytes of one fetch of a replica, softly."),
                ints(
                        "replica.fetch.wait.max.ms",
                        500,
                        1,
                        60_000,
                        "How long a leader lets a replica's fetch wait for records, in"
                                + " milliseconds."),
                ints(
                        "replica.fetch.backoff.ms",
                        200,
                        1,
                        60_000,
                        "How long a replica waits after a fetch that failed, in milliseconds."),
                rate(
                        "leader.replication.throttled.rate",
                        "Bytes a second that this broker gives the replicas of"
                                + " leader.replication.throttled.replicas that are not in sync."),
                rate(
                        "follower.replication.throttled.rate",
                        "Bytes a second that this broker fetches for the replicas of"
                                + " follower.replication.throttled.replicas that are not in"
                                + " sync."),
                rate(
                        "replica.alter.log.dirs.io.max.bytes.per.second",
                        "Bytes a second that this broker copies of replicas that move between its"
                                + " log directories."));
    }

    /** As Kafka has it: set for one broker, or all, while they run (KIP-73). */
    private static ConfigKey rate(String name, String documentation) {
        return longs(name, Long.MAX_VALUE, 0, Long.MAX_VALUE, documentation)
                .updated(Update.PER_BROKER);
    }
}
