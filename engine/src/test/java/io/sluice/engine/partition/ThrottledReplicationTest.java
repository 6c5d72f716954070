package io.sluice.engine.partition;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.config.ConfigResolver;
import io.sluice.core.config.TopicConfig;
import io.sluice.core.controller.ControllerCommand;
import io.sluice.core.controller.ControllerReply;
import io.sluice.core.model.BatchHeader;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TopicPartition;
import io.sluice.core.throttle.TokenBucket;
import io.sluice.engine.fake.Batches;
import io.sluice.engine.fake.MemoryLog;
import io.sluice.engine.replication.ReplicationThrottle;
import io.sluice.engine.replication.ReplicationThrottle.Rates;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** A replica that was away is filled no faster than it may be; those in sync do not notice. */
class ThrottledReplicationTest {

    private static final long SLOW = 500L;

    private final TopicConfig config =
            new ConfigResolver(1, Map.of("min.insync.replicas", "2"))
                    .topicConfig(
                            Map.of(
                                    "leader.replication.throttled.replicas",
                                    "*",
                                    "follower.replication.throttled.replicas",
                                    "0:1,0:2,0:3"),
                            new TreeMap<>());
    private final ReplicaCluster cluster = new ReplicaCluster(11L, config);
    private final int leader = cluster.partition(0).leader();
    private final int away = leader % 3 + 1;
    private int acknowledged;

    private void write(int records) {
        ByteBuffer batch = Batches.plain(records, 1L);
        Partition at = Objects.requireNonNull(cluster.node(leader).partition(0));
        Bench.on(
                at,
                () ->
                        at.append(
                                batch,
                                List.of(BatchHeader.read(batch, 0)),
                                (short) -1,
                                1_000,
                                result ->
                                        acknowledged += result.error() == ErrorCode.NONE ? 1 : 0));
    }

    private MemoryLog behind() {
        return cluster.node(away).log(0);
    }

    private void limit(ReplicationThrottle at, Rates rates) {
        at.rates(rates, cluster.scheduler.clock().monotonicNanos());
    }

    /** A replica is away while 20 kB are written, and comes back. */
    private void fallBehind() {
        cluster.crash(away);
        cluster.scheduler.advanceMs(400);
        for (int i = 0; i < 200; i++) {
            write(4);
            cluster.scheduler.advanceMs(20);
        }
        cluster.scheduler.advanceMs(500);
        assertThat(acknowledged).isGreaterThan(150);
        assertThat(behind().sizeInBytes()).isLessThan(1_000);
    }

    private void comesBackSlowly() {
        for (int second = 1; second <= 10; second++) {
            cluster.scheduler.advanceMs(800);
            assertThat(behind().sizeInBytes())
                    .as("after %d s", second)
                    .isLessThanOrEqualTo(SLOW * (second + 1) + 1_000)
                    .isGreaterThanOrEqualTo(SLOW * (second - 1) / 2);
            int before = acknowledged;
            write(1);
            cluster.scheduler.advanceMs(200);
            assertThat(acknowledged).as("those in sync are not held back").isGreaterThan(before);
        }
        assertThat(cluster.partition(0).isr()).hasSize(2);
    }

    private void isThereSoon() {
        cluster.scheduler.advanceMs(3_000);
        assertThat(cluster.partition(0).isr()).hasSize(3);
        assertThat(behind().headers()).isEqualTo(cluster.node(leader).log(0).headers());
    }

    @Test
    void theLeaderHoldsBackWhoIsNotInSync() {
        fallBehind();
        ReplicationThrottle throttle = cluster.node(leader).throttle;
        limit(throttle, new Rates(SLOW, TokenBucket.UNLIMITED, TokenBucket.UNLIMITED));
        cluster.restart(away);
        comesBackSlowly();
        limit(
                throttle,
                new Rates(TokenBucket.UNLIMITED, TokenBucket.UNLIMITED, TokenBucket.UNLIMITED));
        isThereSoon();
    }

    @Test
    void theFollowerHoldsItselfBack() {
        fallBehind();
        ReplicationThrottle throttle = cluster.node(away).throttle;
        limit(throttle, new Rates(TokenBucket.UNLIMITED, SLOW, TokenBucket.UNLIMITED));
        cluster.restart(away);
        comesBackSlowly();
        limit(
                throttle,
                new Rates(TokenBucket.UNLIMITED, TokenBucket.UNLIMITED, TokenBucket.UNLIMITED));
        isThereSoon();
    }

    @Test
    void aRateForMovesOfTheClusterIsNotForThis() {
        fallBehind();
        limit(
                cluster.node(leader).throttle,
                new Rates(TokenBucket.UNLIMITED, TokenBucket.UNLIMITED, 1L));
        cluster.restart(away);
        isThereSoon();
    }

    private void move(Integer... target) {
        ControllerReply reply =
                cluster.decide(
                        new ControllerCommand.AlterReassignments(
                                List.of(
                                        new ControllerCommand.Reassignment(
                                                new TopicPartition(ReplicaCluster.TOPIC, 0),
                                                Optional.of(List.of(target)))),
                                true,
                                true));
        assertThat(reply.outcomes().getFirst().error()).isEqualTo(ErrorCode.NONE);
    }

    @Test
    void aMoveOfTheClusterIsHeldBackByItsOwnRate() {
        int third = 6 - leader - away;
        move(leader, third);
        cluster.scheduler.advanceMs(500);
        assertThat(cluster.partition(0).replicas()).containsExactly(leader, third);
        for (int i = 0; i < 200; i++) {
            write(4);
            cluster.scheduler.advanceMs(20);
        }
        for (int id = 1; id <= ReplicaCluster.BROKERS; id++) {
            limit(
                    cluster.node(id).throttle,
                    new Rates(TokenBucket.UNLIMITED, TokenBucket.UNLIMITED, SLOW));
        }
        move(leader, third, away);
        comesBackSlowly();
        assertThat(cluster.partition(0).adding()).containsExactly(away);
        for (int id = 1; id <= ReplicaCluster.BROKERS; id++) {
            limit(
                    cluster.node(id).throttle,
                    new Rates(TokenBucket.UNLIMITED, TokenBucket.UNLIMITED, TokenBucket.UNLIMITED));
        }
        isThereSoon();
        assertThat(cluster.partition(0).isMoving()).isFalse();
    }
}
