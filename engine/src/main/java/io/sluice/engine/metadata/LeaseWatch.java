package io.sluice.engine.metadata;

import io.sluice.core.controller.BrokerImage;
import io.sluice.core.controller.BrokerLeases;
import io.sluice.core.controller.ClusterImage;
import io.sluice.core.controller.ControllerCommand.BrokerEpoch;
import io.sluice.core.controller.ControllerCommand.BrokerHeartbeat;
import io.sluice.core.controller.ControllerCommand.FenceBrokers;
import io.sluice.core.controller.ControllerReply;
import io.sluice.core.controller.ControllerReply.Standing;
import io.sluice.engine.loop.EventLoop;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The leases of brokers while this one decides: hears their heartbeats, and has those fenced that
 * are silent for too long. Owned by the metadata's loop.
 */
final class LeaseWatch {

    private static final Logger LOG = LoggerFactory.getLogger(LeaseWatch.class);

    /**
     * A timer that is late by this part of a session tells that this process stood still, or its
     * machine: what others sent meanwhile is still to be read.
     */
    private static final int STOOD_STILL_PART = 4;

    /** The part of a session in which it is. */
    private static final int GRACE_PART = 2;

    private final EventLoop loop;
    private final long sessionMs;
    private final BrokerLeases leases;
    private final Supplier<ClusterImage> image;
    private final Consumer<FenceBrokers> fence;

    /** Brokers that lead nothing any more, and the index of the log at which that was so. */
    private final Map<Integer, Long> free = new HashMap<>();

    /** Runs of brokers that are over, as far as is known here, by id; whoever decides. */
    private final Map<Integer, BrokerEpoch> gone = new HashMap<>();

    private EventLoop.@Nullable Timer timer;
    private long timerMs = Long.MAX_VALUE;
    private boolean watching;

    /**
     * @param sessionMs broker.session.timeout.ms
     * @param fence has brokers fenced
     */
    LeaseWatch(
            EventLoop loop,
            long sessionMs,
            Supplier<ClusterImage> image,
            Consumer<FenceBrokers> fence) {
        this.loop = loop;
        this.sessionMs = sessionMs;
        this.leases = new BrokerLeases(sessionMs);
        this.image = image;
        this.fence = fence;
    }

    private long nowMs() {
        return loop.clock().monotonicMs();
    }

    /** This broker decides from now on: everybody has a whole lease. */
    void begin() {
        watching = true;
        free.clear();
        leases.reset(image.get().brokers(), nowMs());
        gone.values().forEach(one -> leases.end(one, nowMs()));
        watch();
    }

    /**
     * That run of a broker is over: nobody waits for its lease to end. Told again it is harmless,
     * and a heartbeat that comes all the same counts.
     */
    void gone(BrokerEpoch which) {
        BrokerEpoch known = gone.get(which.brokerId());
        if (known != null && known.epoch() > which.epoch()) {
            return;
        }
        gone.put(which.brokerId(), which);
        if (watching && serves(which)) {
            leases.end(which, nowMs());
            watch();
        }
    }

    private boolean serves(BrokerEpoch which) {
        BrokerImage now = image.get().brokers().get(which.brokerId());
        return now != null && now.epoch() == which.epoch() && !now.fenced();
    }

    /** Another one decides. */
    void end() {
        watching = false;
        if (timer != null) {
            timer.cancel();
            timer = null;
        }
        timerMs = Long.MAX_VALUE;
    }

    void heard(BrokerHeartbeat heartbeat) {
        gone.remove(heartbeat.brokerId());
        leases.heartbeat(
                heartbeat.brokerId(), heartbeat.brokerEpoch(), heartbeat.appliedIndex(), nowMs());
        watch();
    }

    /** A broker may stop once all others know who leads instead of it. */
    ControllerReply answer(BrokerHeartbeat heartbeat, ControllerReply decided) {
        if (decided.standing() != Standing.MAY_STOP) {
            free.remove(heartbeat.brokerId());
            return decided;
        }
        ClusterImage now = image.get();
        long since = free.computeIfAbsent(heartbeat.brokerId(), id -> now.index());
        return leases.appliedByOthers(now.brokers(), heartbeat.brokerId()) >= since
                ? decided
                : new ControllerReply(
                        decided.outcomes(),
                        decided.producerIds(),
                        decided.brokerEpoch(),
                        Standing.SHUTTING_DOWN);
    }

    private void watch() {
        long next = leases.nextDeadlineMs();
        if (!watching || next >= timerMs) {
            return;
        }
        if (timer != null) {
            timer.cancel();
        }
        timerMs = next;
        timer = loop.schedule(Math.max(1, next - nowMs()), this::expire);
    }

    private void expire() {
        long lateMs = nowMs() - timerMs;
        timer = null;
        timerMs = Long.MAX_VALUE;
        if (lateMs > sessionMs / STOOD_STILL_PART) {
            LOG.warn("this broker stood still for {} ms: it waits for what the others say", lateMs);
            leases.extend(lateMs + sessionMs / GRACE_PART);
            watch();
            return;
        }
        List<BrokerEpoch> silent = leases.expired(image.get().brokers(), nowMs());
        if (!silent.isEmpty()) {
            LOG.warn("gone, or not heard of for too long: {}", silent);
            fence.accept(new FenceBrokers(silent));
        }
        watch();
    }
}
