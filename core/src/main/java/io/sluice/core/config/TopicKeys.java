package io.sluice.core.config;

import static io.sluice.core.config.ConfigKey.bool;
import static io.sluice.core.config.ConfigKey.choice;
import static io.sluice.core.config.ConfigKey.ints;
import static io.sluice.core.config.ConfigKey.longs;
import static io.sluice.core.config.ConfigKey.of;
import static io.sluice.core.config.ConfigKey.ratio;

import io.sluice.core.throttle.ThrottledReplicas;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The settings of a topic, under Kafka's names and with its defaults; then our own. */
final class TopicKeys {

    static final long MINUTE_MS = 60_000L;
    static final long HOUR_MS = 3_600_000L;

    private static final long MAX_INT = Integer.MAX_VALUE;
    private static final long MAX_LONG = Long.MAX_VALUE;

    private TopicKeys() {}

    static List<ConfigKey> all() {
        List<ConfigKey> keys = new ArrayList<>();
        retention(keys);
        compaction(keys);
        compression(keys);
        segments(keys);
        flushing(keys);
        records(keys);
        replication(keys);
        return keys;
    }

    private static void retention(List<ConfigKey> keys) {
        keys.add(
                of(
                                "cleanup.policy",
                                ConfigKey.Type.LIST,
                                "delete",
                                "What becomes of old records: \"delete\" removes them by time and "
                                        + "size, \"compact\" keeps the last of each key; both with "
                                        + "a comma, or nothing to keep all.")
                        .checked(value ->
                                ConfigKey.words(value).stream()
                                        .map(w -> ConfigKey.oneOf(w, "delete", "compact"))
                                        .flatMap(Optional::stream)
                                        .findFirst())
                        .from("log.cleanup.policy"));
        keys.add(
                longs(
                                "retention.bytes",
                                -1,
                                -1,
                                MAX_LONG,
                                "Bytes a partition may hold before its oldest segments go; -1 is "
                                        + "no limit.")
                        .from("log.retention.bytes"));
        keys.add(
                longs(
                                "retention.ms",
                                604_800_000L,
                                -1,
                                MAX_LONG,
                                "Milliseconds a segment is kept; -1 is no limit.")
                        .from("log.retention.ms")
                        .orFrom("log.retention.minutes", MINUTE_MS)
                        .orFrom("log.retention.hours", HOUR_MS));
        keys.add(
                longs(
                                "file.delete.delay.ms",
                                60_000L,
                                0,
                                MAX_LONG,
                                "How long a removed segment's file is kept, in milliseconds.")
                        .from("log.segment.delete.delay.ms"));
    }

    private static void compaction(List<ConfigKey> keys) {
        keys.add(
                longs(
                                "delete.retention.ms",
                                86_400_000L,
                                0,
                                MAX_LONG,
                                "How long tombstones stay in a compacted log, in milliseconds.")
                        .from("log.cleaner.delete.retention.ms"));
        keys.add(
                longs(
                                "min.compaction.lag.ms",
                                0,
                                0,
                                MAX_LONG,
                                "How long a record stays uncompacted at least, in milliseconds.")
                        .from("log.cleaner.min.compaction.lag.ms"));
        keys.add(
                longs(
                                "max.compaction.lag.ms",
                                MAX_LONG,
                                1,
                                MAX_LONG,
                                "How long a record may stay uncompacted at most, in milliseconds.")
                        .from("log.cleaner.max.compaction.lag.ms"));
        keys.add(
                ratio(
                                "min.cleanable.dirty.ratio",
                                "0.5",
                                "The share of a log that must be uncompacted before it is "
                                        + "compacted.")
                        .from("log.cleaner.min.cleanable.ratio"));
    }

    private static void compression(List<ConfigKey> keys) {
        keys.add(
                choice(
                                "compression.type",
                                "producer",
                                "The codec batches are stored with; \"producer\" keeps them as "
                                        + "they came, \"uncompressed\" removes compression.",
                                "producer",
                                "uncompressed",
                                "gzip",
                                "snappy",
                                "lz4",
                                "zstd")
                        .from("compression.type"));
        ConfigKey gzip =
                ints(
                        "compression.gzip.level",
                        -1,
                        -1,
                        9,
                        "The level if compression.type is gzip; -1 is the library's own.");
        keys.add(
                gzip.checked(value ->
                                value.equals("0")
                                        ? Optional.of("give -1, or a level from 1 to 9")
                                        : gzip.check().apply(value))
                        .from("compression.gzip.level"));
        keys.add(
                ints("compression.lz4.level", 9, 1, 17, "The level if compression.type is lz4.")
                        .from("compression.lz4.level"));
        keys.add(
                ints(
                                "compression.zstd.level",
                                3,
                                -131_072,
                                22,
                                "The level if compression.type is zstd.")
                        .from("compression.zstd.level"));
    }

    private static void segments(List<ConfigKey> keys) {
        keys.add(
                ints("segment.bytes", 1_073_741_824L, 14, MAX_INT, "Bytes of a segment file.")
                        .from("log.segment.bytes"));
        keys.add(
                longs(
                                "segment.ms",
                                604_800_000L,
                                1,
                                MAX_LONG,
                                "Milliseconds after which a segment is rolled even if it is not "
                                        + "full.")
                        .from("log.roll.ms")
                        .orFrom("log.roll.hours", HOUR_MS));
        keys.add(
                longs(
                                "segment.jitter.ms",
                                0,
                                0,
                                MAX_LONG,
                                "Random time taken off segment.ms, so that not all segments roll "
                                        + "at once.")
                        .from("log.roll.jitter.ms")
                        .orFrom("log.roll.jitter.hours", HOUR_MS));
        keys.add(
                ints(
                                "segment.index.bytes",
                                10_485_760L,
                                4,
                                MAX_INT,
                                "Bytes of a segment's offset index at most.")
                        .from("log.index.size.max.bytes"));
        keys.add(
                ints(
                                "index.interval.bytes",
                                4096,
                                0,
                                MAX_INT,
                                "Bytes of log between two entries of the offset index.")
                        .from("log.index.interval.bytes"));
        keys.add(
                bool(
                                "preallocate",
                                false,
                                "Whether segment files get their space when they are made.")
                        .checked(value ->
                                value.equals("false")
                                        ? Optional.empty()
                                        : Optional.of(
                                                "segments are not preallocated, leave it "
                                                        + "false"))
                        .from("log.preallocate"));
    }

    private static void flushing(List<ConfigKey> keys) {
        keys.add(
                longs(
                                "flush.messages",
                                MAX_LONG,
                                1,
                                MAX_LONG,
                                "Records after which a flush to disk is forced; 1 flushes before "
                                        + "each acknowledgement.")
                        .from("log.flush.interval.messages"));
        keys.add(
                longs(
                                "flush.ms",
                                MAX_LONG,
                                0,
                                MAX_LONG,
                                "Milliseconds after which appended records are flushed to disk at "
                                        + "the latest.")
                        .from("log.flush.interval.ms"));
        keys.add(
                choice(
                                "sluice.flush",
                                "commit",
                                "When an append counts as stored: \"commit\" on stable storage by "
                                        + "group commit, \"os\" in the page cache.",
                                "commit",
                                "os")
                        .from("sluice.flush"));
    }

    private static void records(List<ConfigKey> keys) {
        keys.add(
                ints(
                                "max.message.bytes",
                                1_048_588,
                                0,
                                MAX_INT,
                                "The largest batch that is taken, in bytes after compression.")
                        .from("message.max.bytes"));
        keys.add(
                choice(
                                "message.timestamp.type",
                                "CreateTime",
                                "Whose clock stamps the records: the producer's (CreateTime) or "
                                        + "the broker's at append (LogAppendTime).",
                                "CreateTime",
                                "LogAppendTime")
                        .from("log.message.timestamp.type"));
        keys.add(
                longs(
                                "message.timestamp.before.max.ms",
                                MAX_LONG,
                                0,
                                MAX_LONG,
                                "How far a record's timestamp may lie in the past, in "
                                        + "milliseconds.")
                        .from("log.message.timestamp.before.max.ms"));
        keys.add(
                longs(
                                "message.timestamp.after.max.ms",
                                HOUR_MS,
                                0,
                                MAX_LONG,
                                "How far a record's timestamp may lie in the future, in "
                                        + "milliseconds.")
                        .from("log.message.timestamp.after.max.ms"));
        keys.add(
                choice(
                                "sluice.validate.records",
                                "batch",
                                "How far a produced batch is looked into: \"batch\" header and "
                                        + "CRC, \"records\" every record too.",
                                "batch",
                                "records")
                        .from("sluice.validate.records"));
        keys.add(
                bool(
                                "sluice.delay.enable",
                                true,
                                "Whether records say by headers when they are to be delivered; "
                                        + "else those are headers like any other.")
                        .from("sluice.delay.enable"));
    }

    private static void replication(List<ConfigKey> keys) {
        keys.add(
                ints(
                                "min.insync.replicas",
                                1,
                                1,
                                MAX_INT,
                                "In-sync replicas that must hold a record before acks=all is "
                                        + "answered.")
                        .from("min.insync.replicas"));
        keys.add(
                bool(
                                "unclean.leader.election.enable",
                                false,
                                "Whether a replica outside the in-sync set may lead as a last "
                                        + "resort.")
                        .from("unclean.leader.election.enable"));
        keys.add(
                bool(
                        "errors.deadletterqueue.group.enable",
                        false,
                        "Whether share groups may write their dead letters to the topic."));
        keys.add(
                throttled(
                        "leader.replication.throttled.replicas",
                        "Replicas whose leaders are held back in what they give those that are not"
                                + " in sync, by leader.replication.throttled.rate"));
        keys.add(
                throttled(
                        "follower.replication.throttled.replicas",
                        "Replicas that are held back in what they fetch while they are not in"
                                + " sync, by follower.replication.throttled.rate"));
    }

    private static ConfigKey throttled(String name, String documentation) {
        return of(
                        name,
                        ConfigKey.Type.LIST,
                        "",
                        documentation + ": PARTITION:BROKER with commas between, or *.")
                .checked(ThrottledReplicas::fault)
                .from(name);
    }
}
