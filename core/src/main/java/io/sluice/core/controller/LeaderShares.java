package io.sluice.core.controller;

import io.sluice.core.controller.BalancePlan.Reason;
import io.sluice.core.controller.Balancer.Item;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Makes brokers lead alike, by the order of replicas alone: no record is copied. Who leads too much
 * hands a partition to another of its replicas, that one another partition to the next, until one
 * is reached that leads too little.
 */
final class LeaderShares {

    private final SortedMap<Integer, Long> weights;
    private final int tolerancePercent;

    /** Partitions that a broker is to lead and that another one could, perhaps out of date. */
    private final SortedMap<Integer, SortedMap<Integer, Deque<Item>>> could = new TreeMap<>();

    private int changes;

    /**
     * @param weights of what each broker is to lead; changed along with the items
     */
    LeaderShares(List<Item> items, SortedMap<Integer, Long> weights, int tolerancePercent) {
        this.weights = weights;
        this.tolerancePercent = tolerancePercent;
        items.forEach(this::remember);
    }

    private void remember(Item item) {
        if (!item.isHealthy()) {
            return;
        }
        int leader = item.target.getFirst();
        for (int other : item.target) {
            if (other != leader && weights.containsKey(other) && weights.containsKey(leader)) {
                could.computeIfAbsent(leader, id -> new TreeMap<>())
                        .computeIfAbsent(other, id -> new ArrayDeque<>())
                        .add(item);
            }
        }
    }

    /**
     * Changes orders until all is even or nothing helps.
     *
     * @return how many partitions it changed: no more than that, but for the last step
     */
    int even(int most) {
        while (changes < most && step()) {
            // the next one may be another broker's
        }
        return changes;
    }

    private boolean step() {
        List<Integer> order = Balancer.byWeight(weights);
        for (int i = order.size() - 1; i > 0; i--) {
            int high = order.get(i);
            if (!Balancer.isUneven(weights, high, order.getFirst(), tolerancePercent)) {
                return false;
            }
            SortedMap<Integer, Integer> cameFrom = reachable(high);
            for (int low : order.subList(0, i)) {
                if (!Balancer.isUneven(weights, high, low, tolerancePercent)) {
                    break;
                }
                if (cameFrom.containsKey(low) && handOver(path(cameFrom, high, low))) {
                    return true;
                }
            }
        }
        return false;
    }

    /** Brokers that the first can hand over to, each with the one before it on a shortest way. */
    private SortedMap<Integer, Integer> reachable(int first) {
        SortedMap<Integer, Integer> cameFrom = new TreeMap<>();
        Deque<Integer> next = new ArrayDeque<>(List.of(first));
        while (!next.isEmpty()) {
            int at = next.removeFirst();
            for (int to : could.getOrDefault(at, Collections.emptySortedMap()).keySet()) {
                if (to != first && !cameFrom.containsKey(to) && candidate(at, to) != null) {
                    cameFrom.put(to, at);
                    next.addLast(to);
                }
            }
        }
        return cameFrom;
    }

    private static List<Integer> path(SortedMap<Integer, Integer> cameFrom, int high, int low) {
        List<Integer> path = new ArrayList<>();
        int at = low;
        while (at != high) {
            path.add(at);
            at = cameFrom.getOrDefault(at, high);
        }
        path.add(high);
        return path.reversed();
    }

    private @Nullable Item candidate(int from, int to) {
        Deque<Item> items = could.getOrDefault(from, Collections.emptySortedMap()).get(to);
        while (items != null && !items.isEmpty()) {
            Item item = items.getFirst();
            if (item.target.getFirst() == from && item.target.contains(to)) {
                return item;
            }
            items.removeFirst();
        }
        return null;
    }

    /** Does so only if the brokers are more even then: weights differ. */
    private boolean handOver(List<Integer> path) {
        SortedMap<Integer, Long> after = new TreeMap<>(weights);
        List<Item> items = new ArrayList<>();
        for (int i = 0; i + 1 < path.size(); i++) {
            Item item = candidate(path.get(i), path.get(i + 1));
            if (item == null) {
                return false;
            }
            items.add(item);
            after.merge(path.get(i), -item.leaderWeight, Long::sum);
            after.merge(path.get(i + 1), item.leaderWeight, Long::sum);
        }
        if (squares(after) >= squares(weights)) {
            return false;
        }
        weights.putAll(after);
        for (int i = 0; i < items.size(); i++) {
            Item item = items.get(i);
            List<Integer> target = new ArrayList<>(item.target);
            Collections.swap(target, 0, target.indexOf(path.get(i + 1)));
            item.change(List.copyOf(target), Reason.LEADERS);
            remember(item);
            changes++;
        }
        return true;
    }

    private static double squares(SortedMap<Integer, Long> weights) {
        double sum = 0;
        for (long weight : weights.values()) {
            sum += (double) weight * weight;
        }
        return sum;
    }
}
