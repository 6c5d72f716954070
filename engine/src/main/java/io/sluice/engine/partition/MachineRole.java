package io.sluice.engine.partition;

import io.sluice.core.config.TopicConfig;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.partition.FetchWaitlist;
import io.sluice.core.partition.ReplicaMachine;
import io.sluice.core.partition.ReplicaPolicy;
import java.util.ArrayDeque;

/**
 * What a replica is now, leader or follower: a machine, and the effects it has. Inputs are taken
 * one after the other: one that arrives inside another, as from a flush that ends at once, waits
 * its turn. Whoever is told of an effect (a reply, a wake) is told when the step is over, so that
 * it may come back with more work.
 *
 * @param <I> the machine's inputs
 */
abstract class MachineRole<I> {

    final PartitionHost host;
    private final ArrayDeque<I> inputs = new ArrayDeque<>(1);
    private boolean stepping;

    MachineRole(PartitionHost host) {
        this.host = host;
    }

    /** Hands one input to the machine. */
    abstract void take(I input);

    /** All inputs are taken, and nobody is told yet. */
    abstract void stepped();

    final void step(I input) {
        if (stepping) {
            inputs.add(input);
            return;
        }
        stepping = true;
        try {
            long highWatermark = highWatermark();
            long lastStable = lastStableOffset();
            take(input);
            for (I next = inputs.poll(); next != null; next = inputs.poll()) {
                take(next);
            }
            host.readableEndsMoved(
                    highWatermark() != highWatermark, lastStableOffset() != lastStable);
        } finally {
            stepping = false;
        }
        stepped();
        host.tellOthers();
    }

    final boolean isStepping() {
        return stepping;
    }

    abstract ReplicaMachine machine();

    final ErrorCode refusal() {
        return machine().refusal();
    }

    final ErrorCode checkEpoch(int clientEpoch) {
        return machine().checkEpoch(clientEpoch);
    }

    final int leaderEpoch() {
        return machine().leaderEpoch();
    }

    final long logStart() {
        return machine().logStart();
    }

    final long logEnd() {
        return machine().logEnd();
    }

    final long highWatermark() {
        return machine().highWatermark();
    }

    final long lastStableOffset() {
        return machine().lastStableOffset();
    }

    final FetchWaitlist readers(boolean readCommitted) {
        return machine().readers(readCommitted);
    }

    /** Appends that wait for a flush. */
    abstract int waitingAppends();

    abstract void flushed(long durableEnd);

    abstract void diskFailed();

    abstract void startMoved(long logStart);

    abstract void reconfigured(ReplicaPolicy policy);

    abstract void resign(ErrorCode reason);

    /** It is over: another role follows, or none. */
    abstract void end();

    static ReplicaPolicy policy(TopicConfig config, long lagMaxMs) {
        // A flush for every message is a promise about each of them, so it is kept before the
        // answer.
        boolean beforeAck =
                config.flush() == TopicConfig.FlushMode.COMMIT || config.flushMessages() == 1;
        return new ReplicaPolicy(
                beforeAck,
                config.flushMessages(),
                config.minInsyncReplicas(),
                lagMaxMs,
                config.uncleanLeaderElection());
    }
}
