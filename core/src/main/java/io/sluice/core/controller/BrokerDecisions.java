package io.sluice.core.controller;

import io.sluice.core.controller.Controller.Decision;
import io.sluice.core.controller.ControllerCommand.BrokerEpoch;
import io.sluice.core.controller.ControllerReply.Outcome;
import io.sluice.core.controller.ControllerReply.Standing;
import io.sluice.core.controller.MetadataEvent.BrokerFencingChanged;
import io.sluice.core.controller.MetadataEvent.BrokerRegistered;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.Uuid;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The controller's rules about brokers: who is there, and who may lead (KIP-631). */
final class BrokerDecisions {

    private final ClusterState state;
    private final Controller.Defaults defaults;

    BrokerDecisions(ClusterState state, Controller.Defaults defaults) {
        this.state = state;
        this.defaults = defaults;
    }

    Decision register(ControllerCommand.RegisterBroker command) {
        BrokerImage before = state.brokers().get(command.brokerId());
        if (before != null && before.incarnation().equals(command.incarnation())) {
            return again(command, before);
        }
        if (before != null && mayStillRun(before, command)) {
            return refused(
                    ErrorCode.DUPLICATE_BROKER_REGISTRATION,
                    ("another broker %d serves already: give each its own node.id, or wait until"
                                    + " that one's lease is over")
                            .formatted(command.brokerId()));
        }
        BrokerImage now =
                new BrokerImage(
                        command.brokerId(),
                        state.brokerTable().nextEpoch(),
                        command.incarnation(),
                        command.rack(),
                        List.copyOf(command.endpoints()),
                        List.copyOf(command.logDirectories()),
                        !command.alone(),
                        false);
        List<MetadataEvent> events = new ArrayList<>();
        events.add(new BrokerRegistered(now));
        if (command.alone()) {
            serveAtOnce(now, before != null, events);
        } else {
            comeBack(command, before, events);
        }
        return told(events, now.epoch(), command.alone() ? Standing.ACTIVE : Standing.FENCED);
    }

    /** The same start told again: what it says of itself may have become more. */
    private static Decision again(ControllerCommand.RegisterBroker command, BrokerImage before) {
        BrokerImage now =
                new BrokerImage(
                        before.id(),
                        before.epoch(),
                        before.incarnation(),
                        command.rack(),
                        List.copyOf(command.endpoints()),
                        before.logDirectories(),
                        before.fenced(),
                        before.shuttingDown());
        return told(
                now.equals(before) ? List.of() : List.of(new BrokerRegistered(now)),
                before.epoch(),
                standing(before));
    }

    /**
     * Whether the earlier run may still be there: its lease holds, it did not say that it stopped,
     * and the new one does not hold its log directories, which are locked by one process each.
     */
    private static boolean mayStillRun(
            BrokerImage before, ControllerCommand.RegisterBroker command) {
        return before.isActive()
                && !command.alone()
                && command.stoppedEpoch() != before.epoch()
                && Collections.disjoint(before.logDirectories(), command.logDirectories());
    }

    /**
     * A single broker leads its partitions in a new epoch: what an unclean stop cut off must not be
     * taken for what is written after it (KIP-320).
     */
    private void serveAtOnce(BrokerImage now, boolean restarted, List<MetadataEvent> events) {
        if (restarted && leadsAny(now.id())) {
            events.add(new MetadataEvent.LeaderEpochsBumped(now.id()));
        }
        events.addAll(
                sweep(events).over(partition -> partition.leader() == PartitionImage.NO_LEADER));
    }

    private boolean leadsAny(int brokerId) {
        return state.topics().values().stream()
                .anyMatch(
                        topic -> topic.partitions().stream().anyMatch(p -> p.leader() == brokerId));
    }

    /**
     * A broker of a cluster begins fenced: it leads nothing before it has caught up. A replica
     * whose directory is not there any more, or whose unflushed records a crash may have cost, is
     * not trusted where another can be (KIP-966).
     */
    private void comeBack(
            ControllerCommand.RegisterBroker command,
            @Nullable BrokerImage before,
            List<MetadataEvent> events) {
        int id = command.brokerId();
        boolean crashed = before == null || command.stoppedEpoch() != before.epoch();
        boolean allNew =
                before != null
                        && !before.logDirectories().isEmpty()
                        && !command.logDirectories().isEmpty()
                        && Collections.disjoint(before.logDirectories(), command.logDirectories());
        Predicate<PartitionImage> touched =
                allNew ? partition -> partition.replicas().contains(id) : Sweep.of(id);
        events.addAll(
                sweep(events)
                        .over(
                                touched,
                                (draft, partition, rules) -> {
                                    if (allNew && partition.directoryOf(id).equals(Uuid.ZERO)) {
                                        draft.wiped(id);
                                    } else if (crashed && !rules.flushed()) {
                                        draft.lostRecords(id);
                                    }
                                }));
    }

    private Sweep sweep(List<MetadataEvent> events) {
        return new Sweep(state.after(events), defaults);
    }

    Decision heartbeat(ControllerCommand.BrokerHeartbeat command) {
        BrokerImage broker = state.brokers().get(command.brokerId());
        if (broker == null) {
            return refused(
                    ErrorCode.BROKER_ID_NOT_REGISTERED,
                    "broker %d is not registered: register it".formatted(command.brokerId()));
        }
        if (broker.epoch() != command.brokerEpoch()) {
            return refused(
                    ErrorCode.STALE_BROKER_EPOCH,
                    "broker %d is in epoch %d, not %d: a later start has replaced this one"
                            .formatted(broker.id(), broker.epoch(), command.brokerEpoch()));
        }
        List<MetadataEvent> events = new ArrayList<>();
        List<Uuid> working = new ArrayList<>(broker.logDirectories());
        boolean failed = working.removeAll(command.failedDirectories());
        if (failed && !working.isEmpty()) {
            events.add(new BrokerRegistered(broker.withDirectories(List.copyOf(working))));
        }
        BrokerImage now = next(broker, command, failed && working.isEmpty());
        if (now.fenced() != broker.fenced() || now.shuttingDown() != broker.shuttingDown()) {
            events.add(stands(now));
        }
        if (!events.isEmpty()) {
            events.addAll(sweep(events).over(Sweep.of(broker.id())));
        }
        boolean mayStop = command.wantShutdown() && now.fenced();
        return told(events, broker.epoch(), mayStop ? Standing.MAY_STOP : standing(now));
    }

    /** What the broker is after that heartbeat. */
    private static BrokerImage next(
            BrokerImage broker, ControllerCommand.BrokerHeartbeat command, boolean hasNoDisk) {
        if (broker.fenced()) {
            boolean ready =
                    !command.wantFence()
                            && !command.wantShutdown()
                            && !broker.shuttingDown()
                            && !hasNoDisk;
            return ready ? broker.standing(false, false) : broker;
        }
        if (broker.shuttingDown()) {
            return command.wantShutdown()
                    ? broker.standing(true, true) // what it led went with the first of these
                    : broker;
        }
        if (command.wantShutdown()) {
            return broker.standing(false, true);
        }
        return command.wantFence() || hasNoDisk ? broker.standing(true, false) : broker;
    }

    private static BrokerFencingChanged stands(BrokerImage broker) {
        return new BrokerFencingChanged(
                broker.id(), broker.epoch(), broker.fenced(), broker.shuttingDown());
    }

    private static Standing standing(BrokerImage broker) {
        if (broker.fenced()) {
            return Standing.FENCED;
        }
        return broker.shuttingDown() ? Standing.SHUTTING_DOWN : Standing.ACTIVE;
    }

    /** All in one sweep, so that no partition goes to a broker that is about to be fenced, too. */
    Decision fence(ControllerCommand.FenceBrokers command) {
        List<MetadataEvent> events = new ArrayList<>();
        List<Outcome> outcomes = new ArrayList<>();
        ClusterState now = state;
        Predicate<PartitionImage> touched = partition -> false;
        for (BrokerEpoch told : command.brokers()) {
            BrokerImage broker = now.brokers().get(told.brokerId());
            if (broker != null && broker.epoch() == told.epoch() && !broker.fenced()) {
                BrokerFencingChanged event = stands(broker.standing(true, broker.shuttingDown()));
                events.add(event);
                now = now.after(event);
                touched = touched.or(Sweep.of(told.brokerId()));
            }
            outcomes.add(Controller.done());
        }
        if (!events.isEmpty()) {
            events.addAll(new Sweep(now, defaults).over(touched));
        }
        return Controller.decision(events, outcomes);
    }

    Decision unregister(ControllerCommand.UnregisterBroker command) {
        if (!state.brokers().containsKey(command.brokerId())) {
            return refused(
                    ErrorCode.BROKER_ID_NOT_REGISTERED,
                    "there is no broker %d".formatted(command.brokerId()));
        }
        List<MetadataEvent> events = new ArrayList<>();
        events.add(new MetadataEvent.BrokerUnregistered(command.brokerId()));
        events.addAll(sweep(events).over(Sweep.of(command.brokerId())));
        return Controller.decision(events, List.of(Controller.done()));
    }

    private static Decision told(List<MetadataEvent> events, long epoch, Standing standing) {
        return new Decision(
                List.copyOf(events),
                new ControllerReply(List.of(Controller.done()), -1L, epoch, standing));
    }

    private static Decision refused(ErrorCode error, String detail) {
        return Controller.decision(List.of(), List.of(Controller.refused(error, detail)));
    }
}
