package io.sluice.core.controller;

import java.util.Arrays;
import java.util.Collections;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * What an operator says about the balance of the cluster, as it holds now.
 *
 * @param enabled sluice.balance.enable
 * @param paused sluice.balance.paused: nothing begins
 * @param requested sluice.balance.requested: even out now, without waiting for the threshold
 * @param drained sluice.balance.drained: brokers that are to have no replicas
 * @param intervalMs sluice.balance.interval.ms
 * @param maxMoves sluice.balance.max.moves: replicas on their way at once
 * @param maxMovesPerBroker sluice.balance.max.moves.per.broker: that come to one broker, and that
 *     one broker gives
 * @param thresholdPercent sluice.balance.threshold.percent: a difference above so much of the
 *     average begins a plan
 * @param tolerancePercent sluice.balance.tolerance.percent: one below so much is left
 * @param minLoadBytes sluice.balance.min.load.bytes: bytes a second of the average broker below
 *     which load does not count
 * @param absentAfterMs sluice.balance.absent.after.ms: a broker away for so long is gone
 * @param electsPreferred auto.leader.rebalance.enable
 * @param electIntervalMs leader.imbalance.check.interval.seconds
 */
public record BalanceSettings(
        boolean enabled,
        boolean paused,
        boolean requested,
        SortedSet<Integer> drained,
        long intervalMs,
        int maxMoves,
        int maxMovesPerBroker,
        int thresholdPercent,
        int tolerancePercent,
        long minLoadBytes,
        long absentAfterMs,
        boolean electsPreferred,
        long electIntervalMs) {

    /** What has the controller even out at once; it takes it away when that is done. */
    public static final String REQUESTED = "sluice.balance.requested";

    /** Reads checked values by their names. */
    public static BalanceSettings read(Function<String, String> value) {
        return new BalanceSettings(
                is(value, "sluice.balance.enable"),
                is(value, "sluice.balance.paused"),
                is(value, REQUESTED),
                ids(value.apply("sluice.balance.drained")),
                Long.parseLong(value.apply("sluice.balance.interval.ms")),
                number(value, "sluice.balance.max.moves"),
                number(value, "sluice.balance.max.moves.per.broker"),
                number(value, "sluice.balance.threshold.percent"),
                number(value, "sluice.balance.tolerance.percent"),
                Long.parseLong(value.apply("sluice.balance.min.load.bytes")),
                Long.parseLong(value.apply("sluice.balance.absent.after.ms")),
                is(value, "auto.leader.rebalance.enable"),
                1_000L * number(value, "leader.imbalance.check.interval.seconds"));
    }

    private static boolean is(Function<String, String> value, String name) {
        return value.apply(name).equals("true");
    }

    private static int number(Function<String, String> value, String name) {
        return Integer.parseInt(value.apply(name));
    }

    private static SortedSet<Integer> ids(String text) {
        return Collections.unmodifiableSortedSet(
                Arrays.stream(text.split(","))
                        .filter(word -> !word.isBlank())
                        .map(word -> Integer.parseInt(word.strip()))
                        .collect(Collectors.toCollection(TreeSet::new)));
    }
}
