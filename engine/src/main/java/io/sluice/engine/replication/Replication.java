package io.sluice.engine.replication;

import io.sluice.core.controller.BrokerImage;
import io.sluice.core.controller.ClusterImage;
import io.sluice.core.partition.Lease;
import io.sluice.core.partition.ProducerStates.Remembered;
import io.sluice.engine.loop.Completion;
import io.sluice.engine.loop.EventLoop;
import java.io.IOException;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * How this broker's replicas keep up with others.
 *
 * @param maxWaitMs how long a leader may hold a fetch that finds nothing
 *     (replica.fetch.wait.max.ms)
 * @param maxBytes of one answer (replica.fetch.response.max.bytes)
 * @param maxPartitionBytes of one partition in an answer (replica.fetch.max.bytes)
 * @param backoffMs the longest pause after failures (replica.fetch.backoff.ms)
 * @param lagMaxMs how long a follower may be behind and stay in sync (replica.lag.time.max.ms)
 * @param throttle how fast replicas that are not in sync may be filled
 * @param lease until when leaders here need not ask themselves whether they still lead
 */
public record Replication(
        Peers peers,
        Identity identity,
        int maxWaitMs,
        int maxBytes,
        int maxPartitionBytes,
        int backoffMs,
        long lagMaxMs,
        ReplicationThrottle throttle,
        Lease lease) {

    /** Nobody is held back, and nobody is cut off. */
    public Replication(
            Peers peers,
            Identity identity,
            int maxWaitMs,
            int maxBytes,
            int maxPartitionBytes,
            int backoffMs,
            long lagMaxMs) {
        this(
                peers,
                identity,
                maxWaitMs,
                maxBytes,
                maxPartitionBytes,
                backoffMs,
                lagMaxMs,
                new ReplicationThrottle(),
                Lease.forEver());
    }

    /**
     * Who this broker is.
     *
     * @param brokerEpoch of its registration in force, asked for at every fetch; any thread
     */
    public record Identity(int brokerId, LongSupplier brokerEpoch) {

        /** Whether the image is as new as the registration in force. */
        public boolean isIn(ClusterImage image) {
            BrokerImage known = image.brokers().get(brokerId);
            return known != null && known.epoch() == brokerEpoch.getAsLong();
        }
    }

    /** With Kafka's defaults. */
    public Replication(Peers peers, Identity identity) {
        this(peers, identity, 500, 10 << 20, 1 << 20, 1_000, 30_000L);
    }

    /** For a broker that is alone. */
    public static Replication alone(int brokerId) {
        return new Replication(new Nobody(), new Identity(brokerId, () -> -1L));
    }

    private static final class Nobody implements Peers {

        @Override
        public void fetch(
                int brokerId,
                ReplicaFetchRequest request,
                EventLoop replyOn,
                Completion<ReplicaFetchResponse> done) {
            fail(replyOn, done);
        }

        @Override
        public void producersBelow(
                int brokerId,
                ProducersBelow question,
                EventLoop replyOn,
                Completion<List<Remembered>> done) {
            fail(replyOn, done);
        }

        private static void fail(EventLoop replyOn, Completion<?> done) {
            replyOn.post(() -> done.failed(new IOException("there are no other brokers")));
        }
    }
}
