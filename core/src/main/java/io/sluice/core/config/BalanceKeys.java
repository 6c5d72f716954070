package io.sluice.core.config;

import static io.sluice.core.config.ConfigKey.bool;
import static io.sluice.core.config.ConfigKey.ints;
import static io.sluice.core.config.ConfigKey.longs;
import static io.sluice.core.config.ConfigKey.of;

import io.sluice.core.config.ConfigKey.Type;
import io.sluice.core.config.ConfigKey.Update;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** How the cluster keeps itself even; all of it may be changed while it runs. */
final class BalanceKeys {

    private static final long MAX_INT = Integer.MAX_VALUE;
    private static final long DAY_MS = 86_400_000L;

    private BalanceKeys() {}

    static List<ConfigKey> all() {
        return Stream.concat(switches(), bounds())
                .map(key -> key.updated(Update.CLUSTER_WIDE))
                .toList();
    }

    private static Stream<ConfigKey> switches() {
        return Stream.of(
                bool(
                        "sluice.balance.enable",
                        true,
                        "Whether partitions and leaders move by themselves when brokers come, go or"
                                + " carry unequally much."),
                bool(
                        "sluice.balance.paused",
                        false,
                        "Whether no move begins; those under way go on."),
                bool(
                        "sluice.balance.requested",
                        false,
                        "Whether all is evened out at once, also what is below the threshold; the"
                                + " controller takes it away when that is done."),
                of(
                                "sluice.balance.drained",
                                Type.LIST,
                                "",
                                "Brokers that are to have no partitions any more, by their ids.")
                        .checked(BalanceKeys::ids),
                bool(
                        "auto.leader.rebalance.enable",
                        true,
                        "Whether leaders are given back to the first replica."),
                ints(
                        "leader.imbalance.check.interval.seconds",
                        300,
                        1,
                        MAX_INT,
                        "How often leaders are given back, in seconds."));
    }

    private static Stream<ConfigKey> bounds() {
        return Stream.of(
                longs(
                        "sluice.balance.interval.ms",
                        60_000,
                        100,
                        DAY_MS,
                        "How often is looked whether the cluster is even, and for how long nobody"
                                + " must have come or gone before it is evened out, in"
                                + " milliseconds."),
                ints(
                        "sluice.balance.max.moves",
                        10,
                        1,
                        10_000,
                        "Replicas that are copied at once, in the cluster."),
                ints(
                        "sluice.balance.max.moves.per.broker",
                        4,
                        1,
                        10_000,
                        "Replicas that are copied at once to a broker, and from one."),
                longs(
                        "sluice.balance.throttle.bytes",
                        20_971_520,
                        1,
                        Long.MAX_VALUE,
                        "Bytes a second that a broker gives to replicas that the cluster moves, and"
                                + " that it fetches for them."),
                ints(
                        "sluice.balance.threshold.percent",
                        20,
                        1,
                        1_000,
                        "A difference between two brokers above so much of the average is evened"
                                + " out."),
                ints(
                        "sluice.balance.tolerance.percent",
                        5,
                        1,
                        1_000,
                        "A difference below so much is left as it is."),
                longs(
                        "sluice.balance.min.load.bytes",
                        1_048_576,
                        0,
                        Long.MAX_VALUE,
                        "Bytes a second of the average broker below which numbers of replicas count"
                                + " and load does not."),
                longs(
                        "sluice.balance.absent.after.ms",
                        1_800_000,
                        1_000,
                        Long.MAX_VALUE,
                        "A broker that is away for so long is taken for gone: its replicas are made"
                                + " anew elsewhere, in milliseconds."));
    }

    private static Optional<String> ids(String value) {
        boolean numbers =
                ConfigKey.words(value).stream().allMatch(word -> word.matches("\\d{1,9}"));
        return numbers ? Optional.empty() : Optional.of("give ids of brokers, commas between");
    }
}
