package io.sluice.core.controller;

import io.sluice.core.controller.BalancePlan.Limits;
import io.sluice.core.controller.BalancePlan.Move;
import io.sluice.core.controller.BalancePlan.Reason;
import io.sluice.core.controller.BalancePlan.Wanted;
import io.sluice.core.controller.ControllerCommand.AlterConfigs;
import io.sluice.core.controller.ControllerCommand.AlterReassignments;
import io.sluice.core.controller.ControllerCommand.ConfigChange;
import io.sluice.core.controller.ControllerCommand.ConfigOperation;
import io.sluice.core.controller.ControllerCommand.ElectLeaders;
import io.sluice.core.controller.ControllerCommand.OperationType;
import io.sluice.core.controller.ControllerCommand.Reassignment;
import io.sluice.core.controller.ControllerCommand.ReportLoads;
import io.sluice.core.controller.ControllerCommand.ResourceType;
import io.sluice.core.model.TopicPartition;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Keeps the cluster even: makes a {@link BalancePlan} when there is a reason to, and carries it out
 * a few moves at a time. Run by the acting controller alone, and soft state of it: the next one
 * begins with nothing, but finds in the image which moves under way are the cluster's own.
 *
 * <pre>
 *   calm ──uneven, asked, or a broker to leave──▶ a plan ──each move──▶ PLANNED
 *     ▲                                                                 │ room for it
 *     │                              the image says so, leader elected  ▼
 *     └────── all DONE or DROPPED ◀──────── DONE ◀────────────────── MOVING
 *                                           DROPPED: somebody else changed the partition
 * </pre>
 *
 * <p>So that it comes to rest: a plan begins above the threshold and ends below the tolerance;
 * nothing is evened out while a broker is away that may come back, or soon after one came or went;
 * load is smoothed.
 */
public final class ClusterBalance {

    /** Copies of one plan; what is left comes with the next. */
    static final int MAX_PLANNED = 1_000;

    /** Moves without a copy, and elections, that begin together. */
    static final int MAX_OTHERS = 100;

    /** How long the target of a move may be away before the move is called off. */
    static final long TARGET_PATIENCE_MS = 30_000L;

    /** When a plan is made anew while somebody waits for it. */
    private static final long IN_A_HURRY_MS = 1_000L;

    /** How often a move is begun that does not begin. */
    private static final int MAX_TRIES = 3;

    private final BalanceLoads loads = new BalanceLoads();

    /** Since when brokers are fenced, as far as this controller has seen. */
    private final SortedMap<Integer, Long> awaySince = new TreeMap<>();

    private SortedMap<Integer, Long> activeEpochs = new TreeMap<>();
    private SortedSet<Integer> emptied = new TreeSet<>();
    private List<Step> steps = new ArrayList<>();
    private long calmSinceMs;
    private long nextPlanMs;
    private long hurriedPlanMs;
    private long nextElectionMs;

    /** How far a move is. */
    public enum Stage {
        PLANNED,
        MOVING,
        DONE,
        DROPPED
    }

    /** One move of the plan. */
    static final class Step {
        final Move move;
        Stage stage = Stage.PLANNED;
        int tries;

        Step(Move move) {
            this.move = move;
        }

        boolean isOver() {
            return stage == Stage.DONE || stage == Stage.DROPPED;
        }

        int preferred() {
            return move.to().getFirst();
        }
    }

    /** This broker decides from now on. */
    public void begin(long nowMs) {
        loads.clear();
        awaySince.clear();
        activeEpochs = new TreeMap<>();
        emptied = new TreeSet<>();
        steps = new ArrayList<>();
        calmSinceMs = nowMs;
        nextPlanMs = nowMs;
        hurriedPlanMs = nowMs;
        nextElectionMs = nowMs;
    }

    public void loads(ReportLoads report, ClusterImage image) {
        loads.take(report, image);
    }

    /** What to do now. Asked again only when that is done and the image shows it. */
    public List<ControllerCommand> step(ClusterImage image, BalanceSettings settings, long nowMs) {
        watch(image, settings, nowMs);
        List<ControllerCommand> commands = new ArrayList<>();
        callOff(image, nowMs, commands);
        steps.forEach(step -> follow(step, image));
        if (settings.paused()) {
            return commands;
        }
        planIfDue(image, settings, nowMs, commands);
        new Begin(image, settings).all(commands);
        return commands;
    }

    /** Who is away, and since when; a change makes what is planned void. */
    private void watch(ClusterImage image, BalanceSettings settings, long nowMs) {
        SortedMap<Integer, Long> active = new TreeMap<>();
        for (BrokerImage broker : image.brokers().values()) {
            if (broker.fenced()) {
                awaySince.putIfAbsent(broker.id(), nowMs);
            } else {
                awaySince.remove(broker.id());
            }
            if (broker.isActive()) {
                active.put(broker.id(), broker.epoch());
            }
        }
        awaySince.keySet().removeIf(id -> !image.brokers().containsKey(id));
        SortedSet<Integer> leave = leave(image, settings, nowMs);
        if (!active.equals(activeEpochs)) {
            activeEpochs = active;
            calmSinceMs = nowMs;
            steps.removeIf(step -> step.stage == Stage.PLANNED);
        }
        if (!leave.equals(emptied)) {
            emptied = leave;
            nextPlanMs = nowMs;
            steps.removeIf(step -> step.stage == Stage.PLANNED);
        }
    }

    /** Brokers that are to have no replicas. */
    private SortedSet<Integer> leave(ClusterImage image, BalanceSettings settings, long nowMs) {
        SortedSet<Integer> leave = new TreeSet<>(settings.drained());
        leave.retainAll(image.brokers().keySet());
        if (settings.enabled()) {
            awaySince.forEach((id, since) -> {
                if (nowMs - since >= settings.absentAfterMs()) {
                    leave.add(id);
                }
            });
        }
        return leave;
    }

    /** The cluster's own moves to brokers that are gone. */
    private void callOff(ClusterImage image, long nowMs, List<ControllerCommand> commands) {
        List<Reassignment> hopeless = new ArrayList<>();
        for (TopicImage topic : image.topics().values()) {
            for (PartitionImage partition : topic.partitions()) {
                if (partition.byBalance()
                        && partition.adding().stream().anyMatch(id -> isGone(image, id, nowMs))) {
                    hopeless.add(new Reassignment(name(topic, partition), Optional.empty()));
                }
            }
        }
        if (!hopeless.isEmpty()) {
            commands.add(new AlterReassignments(List.copyOf(hopeless), false, true));
        }
    }

    private boolean isGone(ClusterImage image, int broker, long nowMs) {
        Long since = awaySince.get(broker);
        return !image.brokers().containsKey(broker)
                || emptied.contains(broker)
                || (since != null && nowMs - since >= TARGET_PATIENCE_MS);
    }

    static TopicPartition name(TopicImage topic, PartitionImage partition) {
        return new TopicPartition(topic.name(), partition.partition());
    }

    private static Optional<PartitionImage> find(ClusterImage image, TopicPartition name) {
        TopicImage topic = image.topics().get(name.topic());
        return topic == null || name.partition() >= topic.partitions().size()
                ? Optional.empty()
                : Optional.of(topic.partitions().get(name.partition()));
    }

    /** What has become of a move, as the image says. */
    private static void follow(Step step, ClusterImage image) {
        if (step.isOver()) {
            return;
        }
        Optional<PartitionImage> found = find(image, step.move.partition());
        if (found.isEmpty()) {
            step.stage = Stage.DROPPED;
            return;
        }
        PartitionImage now = found.get();
        boolean began = now.target().equals(step.move.to());
        if (step.move.reason() == Reason.PREFERRED) {
            if (now.leader() == step.preferred()) {
                step.stage = Stage.DONE;
            } else if (step.tries >= MAX_TRIES
                    || !now.isr().contains(step.preferred())
                    || now.target().getFirst() != step.preferred()) {
                step.stage = Stage.DROPPED;
            }
        } else if (step.stage == Stage.PLANNED && !began) {
            boolean changed = now.isMoving() || !now.target().equals(step.move.from());
            if (changed || step.tries >= MAX_TRIES) {
                step.stage = Stage.DROPPED;
            }
        } else if (!began) {
            step.stage = Stage.DROPPED; // called off, or an operator wants something else
        } else if (now.isMoving()) {
            step.stage = Stage.MOVING;
        } else {
            boolean led =
                    now.leader() == step.preferred()
                            || !now.isr().contains(step.preferred())
                            || step.tries > MAX_TRIES;
            step.stage = led ? Stage.DONE : Stage.MOVING;
        }
    }

    private boolean isPlanned() {
        return steps.stream().anyMatch(step -> step.stage == Stage.PLANNED);
    }

    private void planIfDue(
            ClusterImage image,
            BalanceSettings settings,
            long nowMs,
            List<ControllerCommand> commands) {
        boolean electing = settings.electsPreferred() && nowMs >= nextElectionMs;
        long dueMs = settings.requested() ? Math.min(nextPlanMs, hurriedPlanMs) : nextPlanMs;
        if (isPlanned() || (nowMs < dueMs && !electing)) {
            return;
        }
        List<Move> moves = plan(image, settings, nowMs, settings.requested(), electing).moves();
        nextPlanMs = nowMs + Math.max(1, settings.intervalMs());
        hurriedPlanMs = nowMs + IN_A_HURRY_MS;
        if (electing) {
            nextElectionMs = nowMs + settings.electIntervalMs();
        }
        boolean moving = steps.stream().anyMatch(step -> !step.isOver());
        if (!moves.isEmpty()) {
            steps.removeIf(Step::isOver); // the last plan is told of until there is another
            moves.forEach(move -> steps.add(new Step(move)));
        } else if (settings.requested() && !moving) {
            commands.add(requestDone());
        }
    }

    private static ControllerCommand requestDone() {
        return new AlterConfigs(
                List.of(
                        new ConfigChange(
                                ResourceType.BROKER,
                                "",
                                List.of(
                                        new ConfigOperation(
                                                OperationType.DELETE,
                                                BalanceSettings.REQUESTED,
                                                "")),
                                false)),
                false);
    }

    /**
     * The plan as things are.
     *
     * @param asked by an operator: all is evened out as far as the tolerance
     */
    BalancePlan plan(
            ClusterImage image,
            BalanceSettings settings,
            long nowMs,
            boolean asked,
            boolean electing) {
        boolean mayMove = settings.enabled() || asked;
        boolean calm = isCalm(settings, nowMs);
        return BalancePlan.of(
                image,
                loads.weights(image, settings.minLoadBytes()),
                new Limits(
                        mayMove || !emptied.isEmpty() ? MAX_PLANNED : 0,
                        MAX_PLANNED,
                        settings.tolerancePercent(),
                        emptied),
                new Wanted(
                        weights ->
                                asked
                                        || (mayMove
                                                && calm
                                                && spread(weights, settings.thresholdPercent())),
                        asked || electing,
                        mayMove));
    }

    /** Whether nobody is away who may come back, and nobody came or went just now. */
    private boolean isCalm(BalanceSettings settings, long nowMs) {
        return emptied.containsAll(awaySince.keySet())
                && nowMs - calmSinceMs >= settings.intervalMs();
    }

    private static boolean spread(SortedMap<Integer, Long> weights, int thresholdPercent) {
        List<Integer> order = Balancer.byWeight(weights);
        return !order.isEmpty()
                && Balancer.isUneven(weights, order.getLast(), order.getFirst(), thresholdPercent);
    }

    /** Begins what there is room for. */
    private final class Begin {
        private final ClusterImage image;
        private final BalanceSettings settings;
        private final SortedMap<Integer, Integer> coming = new TreeMap<>();
        private final SortedMap<Integer, Integer> going = new TreeMap<>();
        private final List<Reassignment> reassignments = new ArrayList<>();
        private final List<TopicPartition> elections = new ArrayList<>();
        private int copies;

        Begin(ClusterImage image, BalanceSettings settings) {
            this.image = image;
            this.settings = settings;
        }

        void all(List<ControllerCommand> commands) {
            if (steps.stream().allMatch(Step::isOver)) {
                return;
            }
            for (TopicImage topic : image.topics().values()) {
                topic.partitions().forEach(partition -> count(partition, partition.adding()));
            }
            for (Step step : steps) {
                if (reassignments.size() + elections.size() >= MAX_OTHERS) {
                    break;
                }
                if (!step.isOver()) {
                    find(image, step.move.partition()).ifPresent(now -> begin(step, now));
                }
            }
            if (!reassignments.isEmpty()) {
                commands.add(new AlterReassignments(List.copyOf(reassignments), false, true));
            }
            if (!elections.isEmpty()) {
                commands.add(new ElectLeaders(false, List.copyOf(elections)));
            }
        }

        private void count(PartitionImage partition, List<Integer> added) {
            copies += added.size();
            added.forEach(broker -> coming.merge(broker, 1, Integer::sum));
            if (!added.isEmpty()) {
                going.merge(partition.leader(), added.size(), Integer::sum);
            }
        }

        private void begin(Step step, PartitionImage now) {
            if (step.stage == Stage.MOVING || step.move.reason() == Reason.PREFERRED) {
                if (!now.isMoving()) {
                    step.tries++;
                    elections.add(step.move.partition());
                }
                return;
            }
            List<Integer> added = new ArrayList<>(step.move.to());
            added.removeAll(now.replicas());
            if (!activeEpochs.keySet().containsAll(added)) {
                step.stage = Stage.DROPPED;
            } else if (hasRoom(now, added)) {
                count(now, added);
                step.tries++;
                reassignments.add(
                        new Reassignment(step.move.partition(), Optional.of(step.move.to())));
            }
        }

        /** One move fits always where nothing moves, whatever the bounds. */
        private boolean hasRoom(PartitionImage now, List<Integer> added) {
            if (added.isEmpty()) {
                return true;
            }
            int perBroker = settings.maxMovesPerBroker();
            for (int broker : added) {
                if (!fits(coming.getOrDefault(broker, 0), 1, perBroker)) {
                    return false;
                }
            }
            return fits(going.getOrDefault(now.leader(), 0), added.size(), perBroker)
                    && fits(copies, added.size(), settings.maxMoves());
        }

        private static boolean fits(int before, int more, int most) {
            return before == 0 || before + more <= most;
        }
    }

    /** What an operator is told, see {@link BalanceReport}. */
    public String report(ClusterImage image, BalanceSettings settings, long nowMs) {
        watch(image, settings, nowMs);
        boolean working = steps.stream().anyMatch(step -> !step.isOver());
        List<Move> next = working ? List.of() : plan(image, settings, nowMs, true, true).moves();
        return new BalanceReport(image, settings, loads)
                .text(steps, next, emptied, Collections.unmodifiableSortedMap(awaySince));
    }
}
