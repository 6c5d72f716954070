package io.sluice.engine.metadata;

import io.sluice.core.controller.ControllerCommand.BrokerHeartbeat;
import io.sluice.core.controller.ControllerCommand.RegisterBroker;
import io.sluice.core.controller.ControllerReply;
import io.sluice.core.controller.ControllerReply.Standing;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.Uuid;
import io.sluice.core.partition.Lease;
import io.sluice.engine.loop.EventLoop;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What this broker is to the cluster: it registers, says that it lives, and leaves in order
 * (KIP-631). Owned by the metadata's loop; any thread may call.
 *
 * <pre>
 *   NEW ─▶ REGISTERING ──an epoch──▶ FENCED ──ready, and heard──▶ ACTIVE
 *              ▲                        │  ▲                        │
 *              └── another has its id, or it was forgotten ◀────────┤
 *                                          └─── its lease was over ─┤
 *                                                                   ▼
 *                                                    LEAVING ──▶ ENDED
 * </pre>
 *
 * A heartbeat that is lost costs nothing but time: the next one says the same. It goes when it is
 * due, answered or not: a controller that stands still keeps whom it was asked by waiting for
 * longer than a lease, and another has long begun to count.
 */
public final class BrokerLifecycle {

    /** No registration so far. */
    public static final long NO_EPOCH = -1L;

    /** When a registration that was not taken is tried again. */
    private static final long RETRY_MS = 200;

    /** Between two heartbeats while a start or a stop waits for them. */
    private static final long HURRY_MS = 50;

    /** Heartbeats that may wait for their answers. */
    private static final int MOST_UNDER_WAY = 16;

    private static final Logger LOG = LoggerFactory.getLogger(BrokerLifecycle.class);

    private enum State {
        NEW,
        REGISTERING,
        FENCED,
        ACTIVE,
        LEAVING,
        ENDED
    }

    private final EventLoop loop;
    private final Metadata metadata;
    private final long intervalMs;
    private final List<Uuid> failedDirectories = new ArrayList<>();
    private final List<Runnable> whenActive = new ArrayList<>();
    private State state = State.NEW;
    private @Nullable RegisterBroker registration;
    private @Nullable Runnable whenLeft;
    private EventLoop.@Nullable Timer next;
    private EventLoop.@Nullable Timer patience;
    private boolean ready;

    /** Counts registrations: an answer to an earlier one has no effect. */
    private long life;

    /** Heartbeats of this registration: sent so far, and the newest that was answered. */
    private long sent;

    private long answered;
    private int underWay;
    private volatile long brokerEpoch = NO_EPOCH;

    private final Lease lease;
    private Runnable onLease = () -> {};
    private EventLoop.@Nullable Timer leaseEnd;
    private boolean leaseIsOver;

    /**
     * @param loop the metadata's
     * @param intervalMs between two heartbeats (broker.heartbeat.interval.ms)
     * @param lease this broker's; renewed by answers that say it is counted on
     */
    public BrokerLifecycle(EventLoop loop, Metadata metadata, long intervalMs, Lease lease) {
        this.loop = loop;
        this.metadata = metadata;
        this.intervalMs = intervalMs;
        this.lease = lease;
    }

    /** Is told on the loop when the lease is over, and when it begins again. */
    public void onLease(Runnable listener) {
        loop.execute(() -> onLease = listener);
    }

    /** The epoch of the newest registration, {@link #NO_EPOCH} before the first. Any thread. */
    public long brokerEpoch() {
        return brokerEpoch;
    }

    /**
     * Whether the cluster surely counts on this broker. If not, another one may act in its place,
     * whatever it knows itself. Any thread.
     */
    public boolean hasLease() {
        return !lease.isOver(nowMs());
    }

    private long nowMs() {
        return loop.clock().monotonicMs();
    }

    /**
     * Registers, as often as it takes, and tells that it lives from then on; fenced until {@link
     * #ready}.
     *
     * @param registered on the loop, after the first registration
     */
    public void start(RegisterBroker as, Runnable registered) {
        loop.execute(() -> {
            registration = as;
            register(as, registered);
        });
    }

    private void register(RegisterBroker as, Runnable registered) {
        state = State.REGISTERING;
        long of = ++life;
        underWay = 0;
        cancelNext();
        metadata.submit(
                as,
                loop,
                reply -> {
                    if (of != life || state != State.REGISTERING) {
                        return;
                    }
                    ControllerReply.Outcome outcome = reply.outcomes().getFirst();
                    if (outcome.error() == ErrorCode.NONE) {
                        brokerEpoch = reply.brokerEpoch();
                        state = State.FENCED;
                        registered.run();
                        beat();
                    } else {
                        LOG.info(
                                "broker {} is not registered yet: {} {}",
                                as.brokerId(),
                                outcome.error(),
                                outcome.detail());
                        next = loop.schedule(RETRY_MS, () -> register(as, registered));
                    }
                });
    }

    /**
     * From now on it can serve.
     *
     * @param active on the loop, once the cluster counts on it
     */
    public void ready(Runnable active) {
        loop.execute(() -> {
            ready = true;
            if (state == State.ACTIVE) {
                active.run();
            } else {
                whenActive.add(active);
                beat();
            }
        });
    }

    /** A log directory does not work any more: what lies there moves away. */
    public void directoryFailed(Uuid directory) {
        loop.execute(() -> {
            failedDirectories.add(directory);
            beat();
        });
    }

    /**
     * Leaves: its leaderships go to others first, as far as there are any. It goes on serving until
     * {@code left}.
     *
     * @param patienceMs after which it leaves all the same
     * @param left on the loop, once
     */
    public void leave(long patienceMs, Runnable left) {
        loop.execute(() -> {
            if (state != State.FENCED && state != State.ACTIVE) {
                state = State.ENDED;
                cancelNext();
                left.run();
                return;
            }
            state = State.LEAVING;
            whenLeft = left;
            patience =
                    loop.schedule(
                            patienceMs,
                            () -> {
                                patience = null;
                                LOG.warn("leaving, though it is not known who leads instead");
                                left();
                            });
            beat();
        });
    }

    private void left() {
        state = State.ENDED;
        life++;
        cancelNext();
        endWatch();
        if (patience != null) {
            patience.cancel();
            patience = null;
        }
        Runnable told = whenLeft;
        whenLeft = null;
        if (told != null) {
            told.run();
        }
    }

    private void cancelNext() {
        if (next != null) {
            next.cancel();
            next = null;
        }
    }

    /** Says it now, or while an answer is awaited once that is there or the interval is over. */
    private void beat() {
        if (underWay == 0) {
            say();
        } else if (next == null) {
            again(intervalMs);
        }
    }

    /** Says it, and again after the interval, answered by then or not. */
    private void say() {
        RegisterBroker as = registration;
        boolean says = state == State.FENCED || state == State.ACTIVE || state == State.LEAVING;
        if (!says || as == null) {
            return;
        }
        cancelNext();
        if (underWay < MOST_UNDER_WAY) {
            submit(as);
        }
        if (ready) { // there is a lease, or will be: before, nothing is lost by waiting
            next = loop.schedule(intervalMs, this::say);
        }
    }

    private void submit(RegisterBroker as) {
        long of = life;
        long number = ++sent;
        boolean leaving = state == State.LEAVING;
        boolean wasReady = ready;
        long sentMs = nowMs();
        underWay++;
        metadata.submit(
                new BrokerHeartbeat(
                        as.brokerId(),
                        brokerEpoch,
                        metadata.image().index(),
                        !wasReady,
                        leaving,
                        List.copyOf(failedDirectories)),
                loop,
                reply -> {
                    if (of != life) {
                        return;
                    }
                    underWay--;
                    if (number < answered) {
                        return; // overtaken
                    }
                    answered = number;
                    heard(as, reply);
                    if (isCountedOn(reply.standing())) {
                        renewLease(sentMs);
                    }
                    boolean news = wasReady != ready || leaving != (state == State.LEAVING);
                    if (of == life && (news || underWay == 0)) {
                        again(news ? 0 : isImpatient() ? HURRY_MS : intervalMs);
                    }
                });
    }

    /** Who leaves leads on until others do. */
    private boolean isCountedOn(Standing standing) {
        return switch (standing) {
            case ACTIVE -> state == State.ACTIVE || state == State.LEAVING;
            case SHUTTING_DOWN -> state == State.LEAVING;
            case FENCED, MAY_STOP, UNKNOWN -> false;
        };
    }

    private void renewLease(long sentMs) {
        lease.renew(sentMs);
        watchLease();
        if (leaseIsOver && hasLease()) {
            leaseIsOver = false;
            LOG.info("the cluster counts on broker {} again", brokerId());
            onLease.run();
        }
    }

    private void watchLease() {
        if (leaseEnd != null) {
            leaseEnd.cancel();
        }
        leaseEnd = loop.schedule(Math.max(1L, lease.untilMs() - nowMs()), this::leaseEnds);
    }

    private void leaseEnds() {
        leaseEnd = null;
        if (hasLease()) {
            watchLease();
            return;
        }
        leaseIsOver = true;
        LOG.warn(
                "the controller has not answered broker {} for {} ms: where a replica that could"
                        + " lead instead is silent, too, it serves no clients",
                brokerId(),
                lease.sessionMs());
        onLease.run();
    }

    private int brokerId() {
        RegisterBroker as = registration;
        return as == null ? -1 : as.brokerId();
    }

    /** Whether somebody waits for the answer that the next heartbeat may bring. */
    private boolean isImpatient() {
        return state == State.LEAVING || (state == State.FENCED && ready);
    }

    private void again(long delayMs) {
        if (state == State.FENCED || state == State.ACTIVE || state == State.LEAVING) {
            cancelNext();
            next = loop.schedule(delayMs, this::say);
        }
    }

    private void heard(RegisterBroker as, ControllerReply reply) {
        ErrorCode error = reply.outcomes().getFirst().error();
        if (error == ErrorCode.STALE_BROKER_EPOCH || error == ErrorCode.BROKER_ID_NOT_REGISTERED) {
            if (state == State.LEAVING) {
                left();
            } else {
                LOG.warn("broker {} registers anew: {}", as.brokerId(), error);
                register(as, () -> {});
            }
            return;
        }
        standing(reply.standing());
    }

    private void standing(Standing standing) {
        switch (standing) {
            case ACTIVE -> {
                if (state == State.FENCED) {
                    state = State.ACTIVE;
                    List<Runnable> waiting = List.copyOf(whenActive);
                    whenActive.clear();
                    waiting.forEach(Runnable::run);
                }
            }
            case FENCED -> {
                if (state == State.ACTIVE) {
                    LOG.warn("the cluster did not hear of this broker for too long");
                    state = State.FENCED;
                } else if (state == State.LEAVING) {
                    left();
                }
            }
            case MAY_STOP -> {
                if (state == State.LEAVING) {
                    left();
                }
            }
            case UNKNOWN, SHUTTING_DOWN -> {}
        }
    }

    /** Says nothing any more, and tells nobody. */
    public void close() {
        loop.execute(() -> {
            state = State.ENDED;
            life++;
            cancelNext();
            if (patience != null) {
                patience.cancel();
                patience = null;
            }
            endWatch();
        });
    }

    private void endWatch() {
        if (leaseEnd != null) {
            leaseEnd.cancel();
            leaseEnd = null;
        }
    }
}
