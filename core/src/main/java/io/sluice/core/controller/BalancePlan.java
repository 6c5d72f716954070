package io.sluice.core.controller;

import io.sluice.core.controller.ControllerCommand.AlterReassignments;
import io.sluice.core.controller.ControllerCommand.ElectLeaders;
import io.sluice.core.controller.ControllerCommand.Reassignment;
import io.sluice.core.model.TopicPartition;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;

/**
 * What would make a cluster even: a bounded list of moves, for an operator to read and for the
 * controller to carry out. Made from an image alone, so that the same image gives the same plan;
 * carried out and made again, it comes to an end at a plan without moves.
 *
 * <p>Moves are reassignments: nobody leaves before everybody wanted is in sync, so on the way no
 * partition has fewer copies than before. No move puts the replicas of a partition into fewer
 * racks. A partition that moves already, or is not in sync on all, is left alone, but for replicas
 * on brokers that are gone.
 *
 * @param moves in the order in which they matter
 * @param before what each broker that may take replicas has now
 * @param after what each has once all moves are done
 */
public record BalancePlan(
        List<Move> moves, SortedMap<Integer, Load> before, SortedMap<Integer, Load> after) {

    /**
     * What a broker carries.
     *
     * @param weight of all its replicas
     * @param leaderWeight of those that are to lead
     */
    public record Load(int replicas, long weight, int leaders, long leaderWeight) {}

    /** Why a partition moves. */
    public enum Reason {
        /** A replica lies on a broker that is not registered any more, or that is to be emptied. */
        BROKER_GONE,
        /** Replicas share a rack though another has room. */
        RACKS,
        /** One broker has more than another. */
        REPLICAS,
        /**
         * One broker is to lead more than another: the order of replicas changes, no data moves.
         */
        LEADERS,
        /** Another than the preferred leader leads. */
        PREFERRED
    }

    /**
     * @param from the replicas, or the leader alone for {@link Reason#PREFERRED}
     * @param to the replicas there are to be, or the leader
     */
    public record Move(
            TopicPartition partition, List<Integer> from, List<Integer> to, Reason reason) {

        /** Whether records are copied. */
        public boolean copies() {
            return reason != Reason.PREFERRED && !from.containsAll(to);
        }
    }

    /**
     * How much may happen at once.
     *
     * @param maxCopies replicas that may be on their way at once, those under way included
     * @param maxOthers changes of order and of leaders in one plan
     * @param tolerancePercent a difference below so much of the average is even enough
     * @param emptied brokers that are to have no replicas any more
     */
    public record Limits(
            int maxCopies, int maxOthers, int tolerancePercent, SortedSet<Integer> emptied) {}

    /**
     * What partitions count, in any unit, one at least.
     *
     * @param replica of one replica
     * @param leader of the leadership
     */
    public record Weights(
            ToLongFunction<TopicPartition> replica, ToLongFunction<TopicPartition> leader) {}

    /**
     * What the plan is for.
     *
     * @param even whether what brokers carry, by broker, is to be evened out
     * @param preferred whether leaders are given back to those preferred
     * @param repairs whether replicas leave brokers that are not registered, and racks that they
     *     share; those that are to be emptied they leave in any case
     */
    public record Wanted(
            Predicate<SortedMap<Integer, Long>> even, boolean preferred, boolean repairs) {

        static final Wanted ALL = new Wanted(weights -> true, true, true);
    }

    /** A plan with reasons of one's own. */
    static BalancePlan of(ClusterImage image, Weights weights, Limits limits, Wanted wanted) {
        return new Balancer(image, weights, limits, wanted).plan();
    }

    /**
     * @param weight what a replica of that partition counts, in any unit, one at least: 1 to even
     *     out numbers, bytes to even out disks
     */
    public static BalancePlan of(
            ClusterImage image, ToLongFunction<TopicPartition> weight, Limits limits) {
        return of(image, new Weights(weight, weight), limits, Wanted.ALL);
    }

    /** What carries it out, in that order. */
    public List<ControllerCommand> commands() {
        List<Reassignment> reassignments = new ArrayList<>();
        List<TopicPartition> elections = new ArrayList<>();
        for (Move move : moves) {
            if (move.reason() == Reason.PREFERRED) {
                elections.add(move.partition());
            } else {
                reassignments.add(new Reassignment(move.partition(), Optional.of(move.to())));
            }
        }
        List<ControllerCommand> commands = new ArrayList<>();
        if (!reassignments.isEmpty()) {
            commands.add(new AlterReassignments(List.copyOf(reassignments), false));
        }
        if (!elections.isEmpty()) {
            commands.add(new ElectLeaders(false, List.copyOf(elections)));
        }
        return List.copyOf(commands);
    }
}
