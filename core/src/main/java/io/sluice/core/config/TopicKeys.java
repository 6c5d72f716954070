package io.sluice.core.config;

import static io.sluice.core.config.ConfigKey.bool;
import static io.sluice.core.config.ConfigKey.choice;
import static io.sluice.core.config.ConfigKey.ints;
import static io.sluice.core.config.ConfigKey.longs;
import static io.sluice.core.config.ConfigKey.of;

import java.util.List;
import java.util.Optional;

/** The settings of a topic. */
final class TopicKeys {

    private static final long MAX_INT = Integer.MAX_VALUE;
    private static final long MAX_LONG = Long.MAX_VALUE;

    private TopicKeys() {}

    static List<ConfigKey> all() {
        return List.of(
                cleanupPolicy().from("log.cleanup.policy"),
                choice(
                                "compression.type",
                                "producer",
                                "The codec batches are stored with; \"producer\" keeps them as they came, \"uncompressed\" removes compression.",
                                "producer",
                                "uncompressed",
                                "gzip",
                                "snappy",
                                "lz4",
                                "zstd")
                        .from("compression.type"),
                ints(
                                "compression.gzip.level",
                                -1,
                                -1,
                                9,
                                "The level if compression.type is gzip; -1 is the library's own.")
                        .from("compression.gzip.level"),
                ints("compression.lz4.level", 9, 1, 17, "The level if compression.type is lz4.")
                        .from("compression.lz4.level"),
                ints(
                                "compression.zstd.level",
                                3,
                                -131_072,
                                22,
                                "The level if compression.type is zstd.")
                        .from("compression.zstd.level"),
                longs(
                                "delete.retention.ms",
                                86_400_000L,
                                0,
                                MAX_LONG,
                                "How long tombstones stay in a compacted log, in milliseconds.")
                        .from("log.cleaner.delete.retention.ms"),
                longs(
                                "file.delete.delay.ms",
                                60_000L,
                                0,
                                MAX_LONG,
                                "How long a removed segment's file is kept, in milliseconds.")
                        .from("log.segment.delete.delay.ms"),
                longs(
                                "flush.messages",
                                MAX_LONG,
                                1,
                                MAX_LONG,
                                "Records after which a flush to disk is forced; 1 flushes before each acknowledgement.")
                        .from("log.flush.interval.messages"),
                longs(
                                "flush.ms",
                                MAX_LONG,
                                0,
                                MAX_LONG,
                                "Milliseconds after which appended records are flushed to disk at the latest.")
                        .from("log.flush.interval.ms"),
                ints(
                                "index.interval.bytes",
                                4096,
                                0,
                                MAX_INT,
                                "Bytes of log between two entries of the offset index.")
                        .from("log.index.interval.bytes"),
                longs(
                                "max.compaction.lag.ms",
                                MAX_LONG,
                                1,
                                MAX_LONG,
                                "How long a record may stay uncompacted at most, in milliseconds.")
                        .from("log.cleaner.max.compaction.lag.ms"),
                ints(
                                "max.message.bytes",
                                1_048_588,
                                0,
                                MAX_INT,
                                "The largest batch that is taken, in bytes after compression.")
                        .from("message.max.bytes"),
                longs(
                                "message.timestamp.after.max.ms",
                                3_600_000L,
                                0,
                                MAX_LONG,
                                "How far a record's timestamp may lie in the future, in milliseconds.")
                        .from("log.message.timestamp.after.max.ms"),
                longs(
                                "message.timestamp.before.max.ms",
                                MAX_LONG,
                                0,
                                MAX_LONG,
                                "How far a record's timestamp may lie in the past, in milliseconds.")
                        .from("log.message.timestamp.before.max.ms"),
                choice(
                                "message.timestamp.type",
                                "CreateTime",
                                "Whose clock stamps the records: the producer's or the broker's at append.",
                                "CreateTime",
                                "LogAppendTime")
                        .from("log.message.timestamp.type"),
                ratio().from("log.cleaner.min.cleanable.ratio"),
                longs(
                                "min.compaction.lag.ms",
                                0,
                                0,
                                MAX_LONG,
                                "How long a record stays uncompacted at least, in milliseconds.")
                        .from("log.cleaner.min.compaction.lag.ms"),
                ints(
                                "min.insync.replicas",
                                1,
                                1,
                                MAX_INT,
                                "In-sync replicas that must hold a record before acks=all is answered.")
                        .from("min.insync.replicas"),
                bool(
                                "preallocate",
                                false,
                                "Whether segment files get their space when they are made.")
                        .from("log.preallocate")
                        .checked(value ->
                                value.equals("false")
                                        ? Optional.empty()
                                        : Optional.of(
                                                "Sluice does not preallocate: leave it false")),
                longs(
                                "retention.bytes",
                                -1,
                                -1,
                                MAX_LONG,
                                "Bytes a partition may hold before its oldest segments go; -1 is no limit.")
                        .from("log.retention.bytes"),
                longs(
                                "retention.ms",
                                604_800_000L,
                                -1,
                                MAX_LONG,
                                "Milliseconds a segment is kept; -1 is no limit.")
                        .from("log.retention.ms"),
                ints("segment.bytes", 1_073_741_824L, 14, MAX_INT, "Bytes of a segment file.")
                        .from("log.segment.bytes"),
                ints(
                                "segment.index.bytes",
                                10_485_760L,
                                4,
                                MAX_INT,
                                "Bytes of a segment's offset index at most.")
                        .from("log.index.size.max.bytes"),
                longs(
                                "segment.jitter.ms",
                                0,
                                0,
                                MAX_LONG,
                                "Random time taken off segment.ms, so that not all segments roll at once.")
                        .from("log.roll.jitter.ms"),
                longs(
                                "segment.ms",
                                604_800_000L,
                                1,
                                MAX_LONG,
                                "Milliseconds after which a segment is rolled even if it is not full.")
                        .from("log.roll.ms"),
                bool(
                                "unclean.leader.election.enable",
                                false,
                                "Whether a replica outside the in-sync set may lead as a last resort.")
                        .from("unclean.leader.election.enable"),
                choice(
                                "sluice.flush",
                                "commit",
                                "When an append counts as stored: \"commit\" on stable storage by group commit, \"os\" in the page cache.",
                                "commit",
                                "os")
                        .from("sluice.flush"),
                choice(
                                "sluice.validate.records",
                                "batch",
                                "How far a produced batch is looked into: \"batch\" header and CRC, \"records\" every record too.",
                                "batch",
                                "records")
                        .from("sluice.validate.records"));
    }

    private static ConfigKey cleanupPolicy() {
        return of(
                        "cleanup.policy",
                        ConfigKey.Type.LIST,
                        "delete",
                        "What becomes of old records: \"delete\" by time and size, \"compact\" keeps the last of each key, or both.")
                .checked(value -> {
                    for (String word : value.split(",", -1)) {
                        if (ConfigKey.oneOf(word.strip(), "delete", "compact").isPresent()) {
                            return Optional.of("give delete, compact or both with a comma");
                        }
                    }
                    return Optional.empty();
                });
    }

    private static ConfigKey ratio() {
        return of(
                        "min.cleanable.dirty.ratio",
                        ConfigKey.Type.DOUBLE,
                        "0.5",
                        "The share of a log that must be uncompacted before it is compacted.")
                .checked(value -> {
                    try {
                        double ratio = Double.parseDouble(value);
                        return ratio >= 0 && ratio <= 1
                                ? Optional.empty()
                                : Optional.of("give a number from 0 to 1");
                    } catch (NumberFormatException e) {
                        return Optional.of("give a number from 0 to 1");
                    }
                });
    }
}
