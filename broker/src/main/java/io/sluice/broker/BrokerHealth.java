package io.sluice.broker;

import io.sluice.core.controller.BrokerImage;
import io.sluice.engine.log.LogStore;
import io.sluice.engine.metadata.BrokerLifecycle;
import io.sluice.engine.metadata.Metadata;
import io.sluice.http.Health;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a broker is, for probes.
 *
 * <pre>
 *   STARTING ──logs recovered, clients served, in a cluster: counted on──▶ SERVING ──SIGTERM──▶ STOPPING
 * </pre>
 *
 * A broker that serves is ready while the cluster counts on it. One that is cut off from the others
 * takes itself for a member yet; so it is not ready once they may have fenced it.
 */
final class BrokerHealth implements Health {

    private enum State {
        STARTING,
        SERVING,
        STOPPING
    }

    private final LoopWatch loops;
    private final int brokerId;
    private final Metadata metadata;
    private final @Nullable BrokerLifecycle lifecycle;
    private final LogStore logs;
    private volatile State state = State.STARTING;

    /**
     * @param lifecycle null for a broker by itself
     */
    BrokerHealth(
            LoopWatch loops,
            int brokerId,
            Metadata metadata,
            @Nullable BrokerLifecycle lifecycle,
            LogStore logs) {
        this.loops = loops;
        this.brokerId = brokerId;
        this.metadata = metadata;
        this.lifecycle = lifecycle;
        this.logs = logs;
    }

    void serving() {
        state = State.SERVING;
    }

    void stopping() {
        state = State.STOPPING;
    }

    @Override
    public List<String> notStarted() {
        return state == State.STARTING ? List.of("the broker starts") : List.of();
    }

    @Override
    public List<String> notReady() {
        List<String> against = new ArrayList<>();
        switch (state) {
            case STARTING -> against.add("the broker starts");
            case STOPPING -> against.add("the broker stops");
            case SERVING -> notCountedOn(against);
        }
        if (logs.describe().stream().allMatch(directory -> directory.fault().isPresent())) {
            against.add("no log directory serves");
        }
        against.addAll(notAlive());
        return against;
    }

    private void notCountedOn(List<String> against) {
        BrokerLifecycle member = lifecycle;
        if (member == null) {
            return;
        }
        BrokerImage self = metadata.image().brokers().get(brokerId);
        if (self == null || self.epoch() != member.brokerEpoch() || self.fenced()) {
            against.add("the cluster has fenced this broker");
        } else if (!member.hasLease()) {
            against.add("this broker does not reach the cluster's controller");
        }
    }

    @Override
    public List<String> notAlive() {
        return loops.silent();
    }
}
