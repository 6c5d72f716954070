package io.sluice.core.controller;

import io.sluice.core.controller.ControllerCommand.BrokerEpoch;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * How long the acting controller believes in each broker without hearing of it. Soft state: nobody
 * else knows it, and a new controller begins with a whole lease for everybody. The image says who
 * there is; leases only say since when.
 *
 * <pre>
 *   heartbeat ─▶ lease until now + timeout ──nothing heard──▶ expired: told again and again
 *                                                             until the image shows it fenced
 * </pre>
 */
public final class BrokerLeases {

    /** An expired broker is told anew so many times in one session timeout. */
    private static final int RETRIES_PER_TIMEOUT = 4;

    private final long timeoutMs;
    private final SortedMap<Integer, Lease> leases = new TreeMap<>();

    /**
     * @param appliedIndex how far it has applied the metadata log, {@code -1} if it did not say
     */
    private record Lease(long epoch, long untilMs, long appliedIndex) {}

    /**
     * @param timeoutMs broker.session.timeout.ms
     */
    public BrokerLeases(long timeoutMs) {
        this.timeoutMs = timeoutMs;
    }

    /** This broker has begun to lead the quorum: everybody has a whole lease. */
    public void reset(SortedMap<Integer, BrokerImage> brokers, long nowMs) {
        leases.clear();
        for (BrokerImage broker : brokers.values()) {
            if (!broker.fenced()) {
                leases.put(broker.id(), new Lease(broker.epoch(), nowMs + timeoutMs, -1L));
            }
        }
    }

    /** A broker was heard of. One of an earlier run than the last one heard of has no effect. */
    public void heartbeat(int broker, long epoch, long appliedIndex, long nowMs) {
        Lease before = leases.get(broker);
        if (before != null && before.epoch() > epoch) {
            return;
        }
        leases.put(broker, new Lease(epoch, nowMs + timeoutMs, appliedIndex));
    }

    /** This broker itself stood still for so long: whoever it did not hear may have spoken. */
    public void extend(long byMs) {
        leases.replaceAll((broker, lease) ->
                new Lease(lease.epoch(), lease.untilMs() + byMs, lease.appliedIndex()));
    }

    /**
     * It is known of that run of a broker that it is over: its lease ends now. A heartbeat that
     * comes all the same begins another one.
     */
    public void end(BrokerEpoch gone, long nowMs) {
        Lease before = leases.get(gone.brokerId());
        if (before == null || before.epoch() <= gone.epoch()) {
            long applied =
                    before != null && before.epoch() == gone.epoch() ? before.appliedIndex() : -1L;
            leases.put(gone.brokerId(), new Lease(gone.epoch(), nowMs, applied));
        }
    }

    /**
     * Brokers to fence, in the order of their ids. They are told again after a while, so that a
     * command that was lost is no harm.
     *
     * @param brokers those of the newest image
     */
    public List<BrokerEpoch> expired(SortedMap<Integer, BrokerImage> brokers, long nowMs) {
        leases.entrySet()
                .removeIf(entry -> {
                    BrokerImage broker = brokers.get(entry.getKey());
                    boolean counts = broker != null && !broker.fenced();
                    return !counts && entry.getValue().untilMs() <= nowMs;
                });
        List<BrokerEpoch> expired = new ArrayList<>();
        for (BrokerImage broker : brokers.values()) {
            if (!broker.fenced() && isOver(broker, nowMs)) {
                expired.add(new BrokerEpoch(broker.id(), broker.epoch()));
            }
        }
        return expired;
    }

    /** A broker that serves and was not heard of in this run gets a whole lease. */
    private boolean isOver(BrokerImage broker, long nowMs) {
        Lease lease = leases.get(broker.id());
        if (lease == null || lease.epoch() < broker.epoch()) {
            leases.put(broker.id(), new Lease(broker.epoch(), nowMs + timeoutMs, -1L));
            return false;
        }
        if (lease.epoch() > broker.epoch() || lease.untilMs() > nowMs) {
            return false;
        }
        long againMs = nowMs + Math.max(1, timeoutMs / RETRIES_PER_TIMEOUT);
        leases.put(broker.id(), new Lease(lease.epoch(), againMs, lease.appliedIndex()));
        return true;
    }

    /** When {@link #expired} may have something new; {@link Long#MAX_VALUE} if nobody is there. */
    public long nextDeadlineMs() {
        long next = Long.MAX_VALUE;
        for (Lease lease : leases.values()) {
            next = Math.min(next, lease.untilMs());
        }
        return next;
    }

    /**
     * How far every broker that serves has applied the metadata log, as far as is known: a broker
     * that stops may go once the others know who leads instead of it. {@code -1} if one has not
     * said; {@link Long#MAX_VALUE} if there is no other.
     *
     * @param except the one that asks
     */
    public long appliedByOthers(SortedMap<Integer, BrokerImage> brokers, int except) {
        long lowest = Long.MAX_VALUE;
        for (BrokerImage broker : brokers.values()) {
            if (broker.isActive() && broker.id() != except) {
                Lease lease = leases.get(broker.id());
                lowest =
                        lease != null && lease.epoch() == broker.epoch()
                                ? Math.min(lowest, lease.appliedIndex())
                                : -1L;
            }
        }
        return lowest;
    }
}
