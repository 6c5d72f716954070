package io.sluice.core.config;

import static io.sluice.core.config.ConfigKey.bool;
import static io.sluice.core.config.ConfigKey.choice;
import static io.sluice.core.config.ConfigKey.ints;
import static io.sluice.core.config.ConfigKey.longs;
import static io.sluice.core.config.ConfigKey.of;
import static io.sluice.core.config.ConfigKey.ratio;

import io.sluice.core.config.ConfigKey.Type;
import io.sluice.core.model.TopicNames;
import java.util.List;
import java.util.Optional;

/**
 * The settings of queues: of share groups, and of the topic that remembers them. A group's own
 * values may be what the broker's may be.
 */
final class ShareKeys {

    private static final long MAX_INT = Integer.MAX_VALUE;
    private static final int MAX_PARTITIONS = 10_000;
    private static final int MAX_SESSIONS = 1_000_000;
    private static final int MIN_LOCK_MS = 1_000;
    private static final int MAX_LOCK_MS = 86_400_000;
    private static final int MAX_DELIVERIES = 10_000;
    private static final int MAX_LOCKS = 1_000_000;
    private static final long MAX_PAUSE_MS = 31_536_000_000L; // a year
    private static final int MAX_FACTOR = 1_000;
    private static final String BACKOFF = "sluice.queue.retry.backoff";
    private static final String BY_DURATION = "by_duration:";

    private ShareKeys() {}

    static List<ConfigKey> all() {
        return List.of(
                ints(
                        "group.share.max.share.sessions",
                        2_000,
                        1,
                        MAX_SESSIONS,
                        "Members that read records of share groups from this broker at most."),
                ints(
                        "group.share.record.lock.duration.ms",
                        30_000,
                        MIN_LOCK_MS,
                        MAX_LOCK_MS,
                        "How long a record that was delivered belongs to its consumer, in"
                                + " milliseconds."),
                ints(
                        "group.share.delivery.count.limit",
                        5,
                        1,
                        MAX_DELIVERIES,
                        "Deliveries after which a record that comes back is delivered no more."),
                ints(
                        "group.share.partition.max.record.locks",
                        2_000,
                        1,
                        MAX_LOCKS,
                        "Records of one partition that consumers of one group may hold at once."),
                ints(
                        "share.coordinator.state.topic.num.partitions",
                        50,
                        1,
                        MAX_PARTITIONS,
                        "Partitions of the topic that remembers queues, when it is made."),
                ints(
                        "share.coordinator.state.topic.replication.factor",
                        3,
                        1,
                        Short.MAX_VALUE,
                        "Replicas of that topic, when it is made; fewer where there are fewer brokers."),
                ints(
                        "share.coordinator.state.topic.min.isr",
                        2,
                        1,
                        MAX_INT,
                        "In-sync replicas that a write to that topic needs, when it is made; all of them"
                                + " where it has fewer."),
                ints(
                        "share.coordinator.state.topic.segment.bytes",
                        104_857_600,
                        1_048_576,
                        MAX_INT,
                        "Segment size of that topic, when it is made: small ones load faster."),
                bool(
                        "errors.deadletterqueue.auto.create.topics.enable",
                        true,
                        "Whether the topic of a group's dead letters is made when it is named."),
                of(
                        "errors.deadletterqueue.topic.name.prefix",
                        Type.STRING,
                        "",
                        "What the names of such topics begin with that are made."));
    }

    /** What may be set on one group. */
    static List<ConfigKey> ofOneGroup() {
        return List.of(
                ints(
                                "share.record.lock.duration.ms",
                                30_000,
                                MIN_LOCK_MS,
                                MAX_LOCK_MS,
                                "How long a record that was delivered belongs to its consumer, in"
                                        + " milliseconds.")
                        .from("group.share.record.lock.duration.ms"),
                ints(
                                "share.delivery.count.limit",
                                5,
                                1,
                                MAX_DELIVERIES,
                                "Deliveries after which a record that comes back is delivered no"
                                        + " more.")
                        .from("group.share.delivery.count.limit"),
                ints(
                                "share.partition.max.record.locks",
                                2_000,
                                1,
                                MAX_LOCKS,
                                "Records of one partition that the group's consumers may hold at"
                                        + " once.")
                        .from("group.share.partition.max.record.locks"),
                of(
                                "share.auto.offset.reset",
                                Type.STRING,
                                "latest",
                                "Where a queue of the group begins that is new: latest, earliest, or"
                                        + " by_duration: and an ISO 8601 duration, so long ago.")
                        .checked(ShareKeys::reset),
                choice(
                        "share.isolation.level",
                        "read_uncommitted",
                        "Whether records of transactions are delivered only if those were"
                                + " committed.",
                        "read_uncommitted",
                        "read_committed"),
                bool(
                        "share.renew.acknowledge.enable",
                        true,
                        "Whether consumers may keep a record for longer."),
                of(
                                "errors.deadletterqueue.topic.name",
                                Type.STRING,
                                "",
                                "Where records go that are delivered no more: rejected ones, and"
                                        + " those at the delivery limit; empty for nowhere.")
                        .checked(ShareKeys::deadLetters),
                bool(
                        "errors.deadletterqueue.copy.record.enable",
                        true,
                        "Whether key, value and headers of the record go there, and not only"
                                + " where it was and why it is dead."),
                choice(
                        "sluice.queue.order",
                        "none",
                        "Whether records of one key are delivered one after the other, in the order"
                                + " of their offsets: key, or none.",
                        "none",
                        "key"),
                bool(
                        "sluice.queue.priority",
                        false,
                        "Whether records whose header sluice-priority (0 to 9) is larger are"
                                + " delivered first."),
                longs(
                        "sluice.queue.ttl.ms",
                        -1,
                        -1,
                        Long.MAX_VALUE >> 1,
                        "How long after its timestamp a record is delivered at most, in"
                                + " milliseconds; 0 leaves it to the records' headers sluice-ttl"
                                + " and sluice-expires-at, -1 ignores those, too."),
                of(
                                "sluice.queue.ask.topic",
                                Type.STRING,
                                "",
                                "Where it is asked what became of a record whose lock ends, or"
                                        + " whose consumer is gone, before it is delivered to"
                                        + " somebody else; empty for nowhere. Answers are read"
                                        + " from the topic with -answers behind its name.")
                        .checked(GroupKeys::topic),
                longs(
                        "sluice.queue.ask.timeout.ms",
                        10_000,
                        100,
                        MAX_LOCK_MS,
                        "How long such an answer is waited for, in milliseconds; then the record is"
                                + " delivered again."),
                choice(
                        BACKOFF,
                        "none",
                        "How long a record that came back waits for its next delivery: none, fixed,"
                                + " or exponential.",
                        "none",
                        "fixed",
                        "exponential"),
                longs(
                        BACKOFF + ".initial.ms",
                        1_000,
                        1,
                        MAX_PAUSE_MS,
                        "The pause after the first delivery, in milliseconds; fixed: after each."),
                longs(
                        BACKOFF + ".max.ms",
                        60_000,
                        1,
                        MAX_PAUSE_MS,
                        "The longest pause, in milliseconds."),
                of(
                                BACKOFF + ".factor",
                                Type.DOUBLE,
                                "2.0",
                                "How many times longer an exponential pause is than the one before.")
                        .checked(ShareKeys::factor),
                ratio(
                        BACKOFF + ".jitter",
                        "0.2",
                        "How much of an exponential pause is left out at most, from 0 to 1, another"
                                + " part for each record: so those that failed together do not come"
                                + " back together."));
    }

    private static Optional<String> factor(String value) {
        Optional<String> remedy = Optional.of("give a number from 1 to " + MAX_FACTOR);
        try {
            double factor = Double.parseDouble(value);
            return factor >= 1 && factor <= MAX_FACTOR ? Optional.empty() : remedy;
        } catch (NumberFormatException e) {
            return remedy;
        }
    }

    private static Optional<String> deadLetters(String value) {
        boolean fits = !value.startsWith("__") && TopicNames.invalid(value).isEmpty();
        return value.isEmpty() || fits
                ? Optional.empty()
                : Optional.of("name a topic that does not begin with __");
    }

    private static Optional<String> reset(String value) {
        boolean ago =
                value.startsWith(BY_DURATION)
                        && IsoDuration.parseMs(value.substring(BY_DURATION.length())).isPresent();
        return ago || value.equals("latest") || value.equals("earliest")
                ? Optional.empty()
                : Optional.of("give latest, earliest, or by_duration: and a duration like P1DT12H");
    }
}
