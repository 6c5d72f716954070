package io.sluice.core.config;

import static io.sluice.core.config.ConfigKey.bool;
import static io.sluice.core.config.ConfigKey.ints;
import static io.sluice.core.config.ConfigKey.longs;

import java.util.List;

/** The settings of transactions and of the topic that holds them. */
final class TransactionKeys {

    private static final long MAX_INT = Integer.MAX_VALUE;
    private static final int MAX_PARTITIONS = 10_000;

    private TransactionKeys() {}

    static List<ConfigKey> all() {
        return List.of(
                ints(
                        "transaction.state.log.num.partitions",
                        50,
                        1,
                        MAX_PARTITIONS,
                        "Partitions of the topic that holds transactions, when it is made."),
                ints(
                        "transaction.state.log.replication.factor",
                        3,
                        1,
                        Short.MAX_VALUE,
                        "Replicas of that topic, when it is made; fewer where there are fewer brokers."),
                ints(
                        "transaction.state.log.min.isr",
                        2,
                        1,
                        MAX_INT,
                        "In-sync replicas that a write to that topic needs, when it is made; all of them"
                                + " where it has fewer."),
                ints(
                        "transaction.state.log.segment.bytes",
                        104_857_600,
                        1_048_576,
                        MAX_INT,
                        "Segment size of that topic, when it is made: small ones load faster."),
                ints(
                        "transaction.max.timeout.ms",
                        900_000,
                        1,
                        MAX_INT,
                        "The longest transaction.timeout.ms a producer may ask for."),
                longs(
                        "transaction.abort.timed.out.transaction.cleanup.interval.ms",
                        10_000,
                        1,
                        MAX_INT,
                        "How often transactions whose time is up are aborted, in milliseconds."),
                longs(
                        "transactional.id.expiration.ms",
                        604_800_000,
                        1,
                        MAX_INT,
                        "A transactional id not used for so long is forgotten, in milliseconds."),
                longs(
                        "transaction.remove.expired.transaction.cleanup.interval.ms",
                        3_600_000,
                        1,
                        MAX_INT,
                        "How often such ids are looked for, in milliseconds."),
                longs(
                        "add.partitions.to.txn.retry.backoff.max.ms",
                        100,
                        0,
                        60_000,
                        "How long a producer that is ahead of the markers of its last transaction"
                                + " is kept waiting before it is told to come again, in"
                                + " milliseconds."),
                bool(
                        "transaction.two.phase.commit.enable",
                        false,
                        "Whether producers may leave the end of their transactions to an outside"
                                + " coordinator, without a timeout (KIP-939)."));
    }
}
