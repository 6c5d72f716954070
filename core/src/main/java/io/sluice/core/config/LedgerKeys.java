package io.sluice.core.config;

import static io.sluice.core.config.ConfigKey.bool;
import static io.sluice.core.config.ConfigKey.ints;
import static io.sluice.core.config.ConfigKey.longs;

import java.util.List;

/** The settings of the ledger of queues, of all groups and of one. */
final class LedgerKeys {

    private static final String ENABLE = "sluice.queue.ledger.enable";
    private static final String WHETHER =
            "Whether it is taken down who got each record of a queue, when, and what came of it.";
    private static final int MAX_PARTITIONS = 10_000;
    private static final long WEEK_MS = 604_800_000L;

    private LedgerKeys() {}

    static List<ConfigKey> all() {
        return List.of(
                bool(ENABLE, true, WHETHER),
                longs(
                        "sluice.queue.ledger.retention.ms",
                        WEEK_MS,
                        1,
                        Long.MAX_VALUE,
                        "How long that is kept, in milliseconds, when its topic is made."),
                ints(
                        "sluice.queue.ledger.topic.num.partitions",
                        16,
                        1,
                        MAX_PARTITIONS,
                        "Partitions of that topic, when it is made."),
                ints(
                        "sluice.queue.ledger.topic.replication.factor",
                        3,
                        1,
                        Short.MAX_VALUE,
                        "Replicas of that topic, when it is made; fewer where there are fewer"
                                + " brokers."));
    }

    static List<ConfigKey> ofOneGroup() {
        return List.of(bool(ENABLE, true, WHETHER).from(ENABLE));
    }
}
