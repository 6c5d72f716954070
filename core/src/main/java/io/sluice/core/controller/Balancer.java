package io.sluice.core.controller;

import io.sluice.core.controller.BalancePlan.Limits;
import io.sluice.core.controller.BalancePlan.Load;
import io.sluice.core.controller.BalancePlan.Move;
import io.sluice.core.controller.BalancePlan.Reason;
import io.sluice.core.controller.BalancePlan.Weights;
import io.sluice.core.model.TopicPartition;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Makes one {@link BalancePlan}: a greedy search that takes the move that helps most next. */
final class Balancer {

    /** A move that evens out less than a fifth of the difference is not worth its copy. */
    private static final int GAIN_FIFTHS = 5;

    private final Limits limits;
    private final BalancePlan.Wanted wanted;
    private final Standings standings;
    private final List<Item> items = new ArrayList<>();

    /** Brokers that may take replicas, each with its rack. */
    private final SortedMap<Integer, String> racks = new TreeMap<>();

    private final SortedMap<Integer, Long> weights = new TreeMap<>();
    private final SortedMap<Integer, Long> leaderWeights = new TreeMap<>();
    private final Set<String> allRacks = new HashSet<>();

    /** Pairs of brokers between which no replica may go as things are. */
    private final Set<List<Integer>> barren = new HashSet<>();

    private int copiesLeft;
    private int othersLeft;

    /** One partition as it is, and as it is to be. */
    static final class Item {
        final TopicPartition name;
        final PartitionImage image;
        final long weight;
        final long leaderWeight;
        List<Integer> target;
        Reason reason = Reason.PREFERRED;

        Item(TopicPartition name, PartitionImage image, long weight, long leaderWeight) {
            this.name = name;
            this.image = image;
            this.weight = weight;
            this.leaderWeight = leaderWeight;
            this.target = image.target();
        }

        boolean isHealthy() {
            return !image.isMoving() && image.isr().size() == image.replicas().size();
        }

        boolean moves() {
            return !target.equals(image.target());
        }

        void change(List<Integer> now, Reason why) {
            if (!moves()) {
                reason = why;
            }
            target = now;
        }
    }

    Balancer(ClusterImage image, Weights weigh, Limits limits, BalancePlan.Wanted wanted) {
        this.limits = limits;
        this.wanted = wanted;
        this.standings = new Standings(image.brokers());
        this.copiesLeft = limits.maxCopies();
        this.othersLeft = limits.maxOthers();
        for (BrokerImage broker : standings.active()) {
            if (!limits.emptied().contains(broker.id())) {
                racks.put(broker.id(), Placement.rack(broker));
                weights.put(broker.id(), 0L);
                leaderWeights.put(broker.id(), 0L);
            }
        }
        allRacks.addAll(racks.values());
        for (TopicImage topic : image.topics().values()) {
            for (PartitionImage partition : topic.partitions()) {
                TopicPartition name = new TopicPartition(topic.name(), partition.partition());
                Item item =
                        new Item(
                                name,
                                partition,
                                Math.max(1, weigh.replica().applyAsLong(name)),
                                Math.max(1, weigh.leader().applyAsLong(name)));
                items.add(item);
                count(item, 1);
                copiesLeft -= partition.adding().size();
            }
        }
    }

    private void count(Item item, int times) {
        for (int broker : item.target) {
            weights.computeIfPresent(broker, (id, sum) -> sum + times * item.weight);
        }
        leaderWeights.computeIfPresent(
                item.target.getFirst(), (id, sum) -> sum + times * item.leaderWeight);
    }

    BalancePlan plan() {
        SortedMap<Integer, Load> before = loads();
        if (!racks.isEmpty()) {
            leaveTheGone();
            if (wanted.repairs()) {
                spreadOverRacks();
            }
            if (wanted.even().test(weights)) {
                evenReplicas();
            }
            if (wanted.even().test(leaderWeights)) {
                othersLeft -=
                        new LeaderShares(items, leaderWeights, limits.tolerancePercent())
                                .even(othersLeft);
            }
        }
        SortedMap<Integer, Load> after = loads();
        List<Move> moves = new ArrayList<>();
        for (Item item : items) {
            if (item.moves()) {
                moves.add(new Move(item.name, item.image.replicas(), item.target, item.reason));
            }
        }
        if (wanted.preferred()) {
            electPreferred(moves);
        }
        moves.sort(Comparator.comparing(Move::reason)); // stable: by name within a reason
        return new BalancePlan(List.copyOf(moves), before, after);
    }

    private SortedMap<Integer, Load> loads() {
        SortedMap<Integer, Load> loads = new TreeMap<>();
        SortedMap<Integer, Integer> replicas = new TreeMap<>();
        SortedMap<Integer, Integer> leaders = new TreeMap<>();
        for (Item item : items) {
            item.target.forEach(broker -> replicas.merge(broker, 1, Integer::sum));
            leaders.merge(item.target.getFirst(), 1, Integer::sum);
        }
        weights.forEach((broker, weight) ->
                loads.put(
                        broker,
                        new Load(
                                replicas.getOrDefault(broker, 0),
                                weight,
                                leaders.getOrDefault(broker, 0),
                                leaderWeights.getOrDefault(broker, 0L))));
        return Collections.unmodifiableSortedMap(loads);
    }

    private void leaveTheGone() {
        for (Item item : items) {
            for (int broker : item.image.isMoving() ? List.<Integer>of() : item.image.replicas()) {
                boolean gone =
                        (wanted.repairs() && !standings.isRegistered(broker))
                                || limits.emptied().contains(broker);
                if (gone && copiesLeft > 0) {
                    Integer taker = taker(item, broker, false);
                    if (taker != null) {
                        copy(item, broker, taker, Reason.BROKER_GONE);
                    }
                }
            }
        }
    }

    private void spreadOverRacks() {
        for (Item item : items) {
            if (!item.isHealthy() || copiesLeft <= 0) {
                continue;
            }
            int possible = Math.min(allRacks.size(), item.target.size());
            for (int i = item.target.size() - 1; i >= 0 && copiesLeft > 0; i--) {
                int broker = item.target.get(i);
                if (racksOf(item.target).size() < possible && sharesRack(item, broker)) {
                    Integer taker = taker(item, broker, true);
                    if (taker != null) {
                        copy(item, broker, taker, Reason.RACKS);
                    }
                }
            }
        }
    }

    private boolean sharesRack(Item item, int broker) {
        String rack = racks.get(broker);
        return rack != null
                && item.target.stream()
                        .anyMatch(other -> other != broker && rack.equals(racks.get(other)));
    }

    private Set<String> racksOf(List<Integer> brokers) {
        Set<String> of = new HashSet<>();
        for (int broker : brokers) {
            String rack = racks.get(broker);
            if (rack != null) {
                of.add(rack);
            }
        }
        return of;
    }

    /**
     * Who takes a replica best: a rack that the others are not in, then whoever has least.
     *
     * @param onlyOtherRack whether another rack is a must
     */
    private @Nullable Integer taker(Item item, int leaving, boolean onlyOtherRack) {
        List<Integer> stay = new ArrayList<>(item.target);
        stay.remove((Integer) leaving);
        Set<String> used = racksOf(stay);
        Integer best = null;
        for (int broker : racks.keySet()) {
            boolean isOther = !used.contains(racks.get(broker));
            if (item.target.contains(broker) || (onlyOtherRack && !isOther)) {
                continue;
            }
            if (best == null) {
                best = broker;
                continue;
            }
            boolean bestIsOther = !used.contains(racks.get(best));
            if (isOther != bestIsOther ? isOther : weight(broker) < weight(best)) {
                best = broker;
            }
        }
        return best;
    }

    private long weight(int broker) {
        return weights.getOrDefault(broker, 0L);
    }

    private void copy(Item item, int from, int to, Reason reason) {
        List<Integer> target = new ArrayList<>(item.target);
        target.set(target.indexOf(from), to);
        count(item, -1);
        item.change(List.copyOf(target), reason);
        count(item, 1);
        copiesLeft--;
    }

    /** From who has most to who has least, the replica that makes them most even. */
    private void evenReplicas() {
        while (copiesLeft > 0) {
            if (!evenOnce()) {
                return;
            }
        }
    }

    private boolean evenOnce() {
        List<Integer> order = byWeight(weights);
        for (int high = order.size() - 1; high > 0; high--) {
            for (int low = 0; low < high; low++) {
                int from = order.get(high);
                int to = order.get(low);
                long difference = weight(from) - weight(to);
                if (!isUneven(weights, from, to, limits.tolerancePercent())) {
                    break; // the others have more still
                }
                if (barren.contains(List.of(from, to))) {
                    continue;
                }
                Item best = null;
                for (Item item : items) {
                    if (item.weight * GAIN_FIFTHS <= difference * (GAIN_FIFTHS - 1)
                            && (best == null || isBetter(item, best, from, difference))
                            && mayCopy(item, from, to)) {
                        best = item;
                    }
                }
                if (best != null) {
                    copy(best, from, to, Reason.REPLICAS);
                    return true;
                }
                barren.add(List.of(from, to));
            }
        }
        return false;
    }

    /**
     * Half of the difference is best; of the same weight, a follower moves at less cost than a
     * leader.
     */
    private static boolean isBetter(Item item, Item best, int from, long difference) {
        return item.weight != best.weight
                ? Math.abs(difference - 2 * item.weight) < Math.abs(difference - 2 * best.weight)
                : item.target.getFirst() != from && best.target.getFirst() == from;
    }

    private boolean mayCopy(Item item, int from, int to) {
        if (!item.target.contains(from)
                || item.target.contains(to)
                || !item.isHealthy()
                || !item.image.isr().contains(from)) {
            return false;
        }
        List<Integer> target = new ArrayList<>(item.target);
        target.set(target.indexOf(from), to);
        return racksOf(target).size() >= racksOf(item.target).size();
    }

    static List<Integer> byWeight(SortedMap<Integer, Long> weights) {
        List<Integer> order = new ArrayList<>(weights.keySet());
        order.sort(Comparator.comparing(broker -> weights.getOrDefault(broker, 0L)));
        return order;
    }

    /** Whether one has more than the other by so much of the average. */
    static boolean isUneven(SortedMap<Integer, Long> of, int more, int less, int tolerancePercent) {
        long sum = 0;
        for (long one : of.values()) {
            sum += one;
        }
        long difference = of.getOrDefault(more, 0L) - of.getOrDefault(less, 0L);
        return difference * 100.0 * of.size() > (double) sum * tolerancePercent;
    }

    /** Of partitions that copy nothing: the others get their leader when they are done. */
    private void electPreferred(List<Move> moves) {
        for (Item item : items) {
            int preferred = item.target.getFirst();
            boolean copies = !item.image.replicas().containsAll(item.target);
            if (othersLeft > 0
                    && !item.moves() // else it is elected when that is done
                    && !copies
                    && !item.image.isMoving()
                    && item.image.leader() != preferred
                    && item.image.isr().contains(preferred)
                    && standings.mayLead(item.image, preferred)) {
                othersLeft--;
                moves.add(
                        new Move(
                                item.name,
                                List.of(item.image.leader()),
                                List.of(preferred),
                                Reason.PREFERRED));
            }
        }
    }
}
