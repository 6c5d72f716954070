package io.sluice.engine.partition;

import io.sluice.core.config.TopicConfig;
import io.sluice.core.partition.ReplicaSet;
import io.sluice.core.throttle.ThrottledReplicas;
import io.sluice.engine.loop.EventLoop;
import io.sluice.engine.replication.ReplicationThrottle;
import io.sluice.engine.replication.ReplicationThrottle.Gate;
import java.util.List;

/**
 * Which replicas of one partition are held back. As with Kafka the leader holds back every replica
 * of a partition that is listed for it, and a follower itself if it is listed; nobody who is in
 * sync is, for it would fall out of sync, but what it gets counts. Owned by the partition's loop.
 */
final class ReplicaThrottle {

    private final ReplicationThrottle gates;
    private final EventLoop loop;
    private final int brokerId;
    private final int partition;
    private ThrottledReplicas leaders = ThrottledReplicas.NONE;
    private ThrottledReplicas followers = ThrottledReplicas.NONE;
    private List<Integer> inSync = List.of();

    /** Replicas that the cluster brings by itself. */
    private List<Integer> arriving = List.of();

    ReplicaThrottle(ReplicationThrottle gates, EventLoop loop, int brokerId, int partition) {
        this.gates = gates;
        this.loop = loop;
        this.brokerId = brokerId;
        this.partition = partition;
    }

    void reconfigure(TopicConfig config) {
        leaders = config.leaderThrottled();
        followers = config.followerThrottled();
    }

    void replicas(ReplicaSet now) {
        inSync = now.isr();
    }

    void arriving(List<Integer> now) {
        arriving = now;
    }

    private long nowNanos() {
        return loop.clock().monotonicNanos();
    }

    private boolean isListed(ThrottledReplicas listed) {
        return listed.includes(partition, brokerId);
    }

    /** How long the leader gives that replica nothing; 0 if it does. */
    long givesAfterNanos(int replica) {
        boolean listed = isListed(leaders);
        boolean arrives = arriving.contains(replica);
        if ((!listed && !arrives) || inSync.contains(replica)) {
            return 0L;
        }
        return Math.max(wait(listed, gates.leader()), wait(arrives, gates.movedOut()));
    }

    /** The leader gave it something. */
    void gave(int replica, long bytes) {
        boolean caughtUp = inSync.contains(replica);
        pass(isListed(leaders), gates.leader(), bytes, caughtUp);
        pass(arriving.contains(replica), gates.movedOut(), bytes, caughtUp);
    }

    /** How long a follower that is behind fetches nothing. */
    long fetchesAfterNanos() {
        return Math.max(
                wait(isListed(followers), gates.follower()),
                wait(arriving.contains(brokerId), gates.movedIn()));
    }

    void fetched(long bytes, boolean caughtUp) {
        pass(isListed(followers), gates.follower(), bytes, caughtUp);
        pass(arriving.contains(brokerId), gates.movedIn(), bytes, caughtUp);
    }

    private long wait(boolean applies, Gate gate) {
        return applies ? gate.waitNanos(nowNanos()) : 0L;
    }

    private void pass(boolean applies, Gate gate, long bytes, boolean caughtUp) {
        if (applies) {
            gate.passed(bytes, caughtUp, nowNanos());
        }
    }
}
