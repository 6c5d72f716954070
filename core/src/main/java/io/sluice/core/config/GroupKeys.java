package io.sluice.core.config;

import static io.sluice.core.config.ConfigKey.choice;
import static io.sluice.core.config.ConfigKey.ints;
import static io.sluice.core.config.ConfigKey.longs;
import static io.sluice.core.config.ConfigKey.of;

import io.sluice.core.config.ConfigKey.Type;
import io.sluice.core.model.TopicNames;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The settings of consumer groups and of the topic that holds their offsets. */
final class GroupKeys {

    private static final long MAX_INT = Integer.MAX_VALUE;
    private static final int MAX_PARTITIONS = 10_000;
    private static final int MAX_ASSIGNMENT_MS = 15_000;
    private static final int MAX_SHARE_MEMBERS = 10_000;
    private static final int MAX_STANDBYS = 100;
    private static final int MAX_ATTEMPTS = 10_000;
    private static final int LONGEST_TOPIC = 240;

    private GroupKeys() {}

    static List<ConfigKey> all() {
        return List.of(
                ints(
                        "offsets.topic.num.partitions",
                        50,
                        1,
                        MAX_PARTITIONS,
                        "Partitions of the topic that holds groups and offsets, when it is made."),
                ints(
                        "offsets.topic.replication.factor",
                        3,
                        1,
                        Short.MAX_VALUE,
                        "Replicas of that topic, when it is made; fewer where there are fewer brokers."),
                ints(
                        "offsets.topic.segment.bytes",
                        104_857_600,
                        1_048_576,
                        MAX_INT,
                        "Segment size of that topic, when it is made: small ones load faster."),
                ints(
                        "offset.metadata.max.bytes",
                        4096,
                        0,
                        MAX_INT,
                        "The longest text that may be committed with an offset."),
                ints(
                        "offsets.retention.minutes",
                        10_080,
                        1,
                        MAX_INT,
                        "How long offsets are kept after the group became empty."),
                longs(
                        "offsets.retention.check.interval.ms",
                        600_000,
                        1,
                        Long.MAX_VALUE,
                        "How often offsets that may go are looked for, in milliseconds."),
                ints(
                        "group.min.session.timeout.ms",
                        6_000,
                        1,
                        MAX_INT,
                        "The shortest session timeout a member may ask for, in milliseconds."),
                ints(
                        "group.max.session.timeout.ms",
                        1_800_000,
                        1,
                        MAX_INT,
                        "The longest session timeout a member may ask for, in milliseconds."),
                ints(
                        "group.initial.rebalance.delay.ms",
                        3_000,
                        0,
                        MAX_INT,
                        "How long a new group waits for more members, in milliseconds."),
                ints("group.max.size", MAX_INT, 1, MAX_INT, "Members of one group at most."),
                ints(
                        "group.consumer.max.size",
                        MAX_INT,
                        1,
                        MAX_INT,
                        "Members at most of one group with group.protocol=consumer."),
                ints(
                        "group.consumer.session.timeout.ms",
                        45_000,
                        1,
                        MAX_INT,
                        "A member with group.protocol=consumer is dead after so many milliseconds"
                                + " without a heartbeat."),
                ints(
                        "group.consumer.heartbeat.interval.ms",
                        5_000,
                        1,
                        MAX_INT,
                        "How often such a member is told to send heartbeats, in milliseconds."),
                ints(
                        "group.consumer.assignment.interval.ms",
                        1_000,
                        0,
                        MAX_ASSIGNMENT_MS,
                        "The time between two assignments of such a group while members come and"
                                + " go, in milliseconds."),
                of(
                                "group.consumer.assignors",
                                Type.LIST,
                                "uniform,range",
                                "The broker's assignors, the default one first.")
                        .checked(GroupKeys::assignors),
                ints(
                        "group.streams.max.size",
                        MAX_INT,
                        1,
                        MAX_INT,
                        "Members at most of one group with group.protocol=streams."),
                ints(
                        "group.streams.session.timeout.ms",
                        45_000,
                        1,
                        MAX_INT,
                        "A member with group.protocol=streams is dead after so many milliseconds"
                                + " without a heartbeat."),
                ints(
                        "group.streams.heartbeat.interval.ms",
                        5_000,
                        1,
                        MAX_INT,
                        "How often such a member is told to send heartbeats, in milliseconds."),
                ints(
                        "group.streams.initial.rebalance.delay.ms",
                        3_000,
                        0,
                        MAX_INT,
                        "How long a new streams group waits for more members, in milliseconds."),
                ints(
                        "group.streams.num.standby.replicas",
                        0,
                        0,
                        MAX_STANDBYS,
                        "How many processes more keep the state of each task of an application."),
                ints(
                        "group.share.max.size",
                        200,
                        1,
                        MAX_SHARE_MEMBERS,
                        "Members of one share group at most."),
                ints(
                        "group.share.session.timeout.ms",
                        45_000,
                        1,
                        MAX_INT,
                        "A member of a share group is dead after so many milliseconds without a"
                                + " heartbeat."),
                ints(
                        "group.share.heartbeat.interval.ms",
                        5_000,
                        1,
                        MAX_INT,
                        "How often such a member is told to send heartbeats, in milliseconds."),
                choice(
                        "group.consumer.migration.policy",
                        "bidirectional",
                        "Whether a group changes its protocol while it has members: upgrade when a"
                                + " member with group.protocol=consumer joins, downgrade when the last"
                                + " one leaves.",
                        "bidirectional",
                        "upgrade",
                        "downgrade",
                        "disabled"));
    }

    /** What may be set on one group, over the broker's value. */
    static List<ConfigKey> ofOneGroup() {
        return List.of(
                ints(
                                "consumer.session.timeout.ms",
                                45_000,
                                1,
                                MAX_INT,
                                "A member of the group is dead after so many milliseconds without"
                                        + " a heartbeat.")
                        .from("group.consumer.session.timeout.ms"),
                ints(
                                "consumer.heartbeat.interval.ms",
                                5_000,
                                1,
                                MAX_INT,
                                "How often a member is told to send heartbeats, in milliseconds.")
                        .from("group.consumer.heartbeat.interval.ms"),
                ints(
                                "consumer.assignment.interval.ms",
                                1_000,
                                0,
                                MAX_ASSIGNMENT_MS,
                                "The time between two assignments of the group while members come"
                                        + " and go, in milliseconds.")
                        .from("group.consumer.assignment.interval.ms"),
                ints(
                                "streams.session.timeout.ms",
                                45_000,
                                1,
                                MAX_INT,
                                "A member of the streams group is dead after so many milliseconds"
                                        + " without a heartbeat.")
                        .from("group.streams.session.timeout.ms"),
                ints(
                                "streams.heartbeat.interval.ms",
                                5_000,
                                1,
                                MAX_INT,
                                "How often a member is told to send heartbeats, in milliseconds.")
                        .from("group.streams.heartbeat.interval.ms"),
                ints(
                                "streams.initial.rebalance.delay.ms",
                                3_000,
                                0,
                                MAX_INT,
                                "How long the group, when it begins, waits for more members, in"
                                        + " milliseconds.")
                        .from("group.streams.initial.rebalance.delay.ms"),
                ints(
                                "streams.num.standby.replicas",
                                0,
                                0,
                                MAX_STANDBYS,
                                "How many processes more keep the state of each task.")
                        .from("group.streams.num.standby.replicas"),
                ints(
                                "share.session.timeout.ms",
                                45_000,
                                1,
                                MAX_INT,
                                "A member of the share group is dead after so many milliseconds"
                                        + " without a heartbeat.")
                        .from("group.share.session.timeout.ms"),
                ints(
                                "share.heartbeat.interval.ms",
                                5_000,
                                1,
                                MAX_INT,
                                "How often a member is told to send heartbeats, in milliseconds.")
                        .from("group.share.heartbeat.interval.ms"),
                of(
                                "sluice.transaction.check.topic",
                                Type.STRING,
                                "",
                                "Where the group's producers are asked what became of a"
                                        + " transaction whose time is up; empty to abort it."
                                        + " Answers are read from the topic with -answers behind"
                                        + " its name.")
                        .checked(GroupKeys::topic),
                longs(
                        "sluice.transaction.check.interval.ms",
                        10_000,
                        1,
                        Long.MAX_VALUE >> 1,
                        "The time between two such questions, in milliseconds."),
                ints(
                        "sluice.transaction.check.attempts",
                        15,
                        1,
                        MAX_ATTEMPTS,
                        "Such questions about one transaction; then it is aborted."));
    }

    /** Of questions: its name, and that of their answers, have to fit. */
    static Optional<String> topic(String value) {
        boolean fits =
                value.length() <= LONGEST_TOPIC
                        && !value.startsWith("__")
                        && TopicNames.invalid(value).isEmpty();
        return value.isEmpty() || fits
                ? Optional.empty()
                : Optional.of("name a topic of your own, of at most 240 letters, digits, . _ -");
    }

    private static Optional<String> assignors(String value) {
        List<String> names = ConfigKey.words(value);
        boolean known = Set.of("uniform", "range").containsAll(names);
        return known && !names.isEmpty() && Set.copyOf(names).size() == names.size()
                ? Optional.empty()
                : Optional.of("name uniform, range, or both, each once");
    }
}
