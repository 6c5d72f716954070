package io.sluice.engine.partition;

import io.sluice.core.model.ErrorCode;
import io.sluice.core.partition.ProducerStates.Remembered;
import io.sluice.engine.log.FileSlice;
import io.sluice.engine.loop.Completion;
import io.sluice.engine.loop.EventLoop;
import io.sluice.engine.partition.Partition.FetchResult;
import io.sluice.engine.partition.Partition.RememberedAnswer;
import io.sluice.engine.partition.Partition.ReplicaFetchSpec;
import io.sluice.engine.replication.Peers;
import io.sluice.engine.replication.ReplicaFetchRequest;
import io.sluice.engine.replication.ReplicaFetchRequest.PartitionFetch;
import io.sluice.engine.replication.ReplicaFetchResponse;
import io.sluice.engine.replication.ReplicaFetchResponse.Buffers;
import io.sluice.engine.replication.ReplicaFetchResponse.PartitionRecords;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The other brokers of a {@link ReplicaCluster}, as one of them reaches them. */
final class SimulatedPeers implements Peers {

    private static final long LOST_AFTER_NANOS = 60_000_000L;

    private final int self;
    private final ReplicaCluster cluster;

    SimulatedPeers(int self, ReplicaCluster cluster) {
        this.self = self;
        this.cluster = cluster;
    }

    @Override
    public void fetch(
            int brokerId,
            ReplicaFetchRequest request,
            EventLoop replyOn,
            Completion<ReplicaFetchResponse> done) {
        cluster.scheduler.after(
                cluster.delayNanos(),
                () -> {
                    if (cluster.reaches(self, brokerId)) {
                        new Serving(brokerId, request, replyOn, done).begin();
                    } else {
                        lost(replyOn, done);
                    }
                });
    }

    @Override
    public void producersBelow(
            int brokerId,
            ProducersBelow question,
            EventLoop replyOn,
            Completion<List<Remembered>> done) {
        cluster.scheduler.after(
                cluster.delayNanos(),
                () -> {
                    Partition partition =
                            cluster.reaches(self, brokerId)
                                    ? cluster.node(brokerId).partition(question.name().partition())
                                    : null;
                    if (partition == null) {
                        lost(replyOn, done);
                        return;
                    }
                    Bench.on(
                            partition,
                            () -> {
                                RememberedAnswer told =
                                        partition.producersBelow(
                                                question.offset(), question.leaderEpoch());
                                if (told.error() == ErrorCode.NONE) {
                                    replyOn.post(() -> done.succeeded(told.producers()));
                                } else {
                                    lost(replyOn, done);
                                }
                            });
                });
    }

    private void lost(EventLoop replyOn, Completion<?> done) {
        cluster.scheduler.after(
                LOST_AFTER_NANOS, () -> replyOn.post(() -> done.failed(new IOException("lost"))));
    }

    /** One request at the leader. */
    private final class Serving {
        private final ReplicaNode at;
        private final ReplicaFetchRequest request;
        private final EventLoop replyOn;
        private final Completion<ReplicaFetchResponse> done;
        private final List<Partition.Watch> watches = new ArrayList<>();
        private boolean answered;

        Serving(
                int at,
                ReplicaFetchRequest request,
                EventLoop replyOn,
                Completion<ReplicaFetchResponse> done) {
            this.at = cluster.node(at);
            this.request = request;
            this.replyOn = replyOn;
            this.done = done;
        }

        void begin() {
            List<PartitionRecords> found = read();
            boolean something =
                    found.stream()
                            .anyMatch(one ->
                                    one.error() != ErrorCode.NONE
                                            || one.diverging() != null
                                            || one.records().hasRemaining());
            if (something || request.isAside()) {
                answer(found);
                return;
            }
            for (PartitionFetch fetch : request.partitions()) {
                Partition partition = at.partition(fetch.name().partition());
                if (partition != null) {
                    Bench.on(
                            partition,
                            () ->
                                    watches.add(
                                            partition.watchLogEnd(
                                                    request.replicaId(),
                                                    fetch.fetchOffset(),
                                                    this::again)));
                }
            }
            cluster.scheduler.after(request.maxWaitMs() * 1_000_000L, this::again);
        }

        private void again() {
            cluster.scheduler.after(
                    0,
                    () -> {
                        if (!answered && at.alive) {
                            answer(read());
                        } else if (!answered) {
                            answered = true;
                            lost(replyOn, done);
                        }
                    });
        }

        private List<PartitionRecords> read() {
            List<PartitionRecords> found = new ArrayList<>();
            for (PartitionFetch fetch : request.partitions()) {
                Partition partition = at.partition(fetch.name().partition());
                if (partition == null) {
                    found.add(
                            answer(
                                    fetch,
                                    PartitionReads.refused(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)));
                } else {
                    Bench.on(partition, () -> found.add(answer(fetch, read(partition, fetch))));
                }
            }
            return found;
        }

        private FetchResult read(Partition partition, PartitionFetch fetch) {
            return partition.replicaFetch(
                    new ReplicaFetchSpec(
                            request.replicaId(),
                            request.brokerEpoch(),
                            at.answers.followedMs(request.heard()),
                            fetch.fetchOffset(),
                            fetch.currentLeaderEpoch(),
                            fetch.lastFetchedEpoch(),
                            fetch.durableEnd(),
                            Math.min(request.maxBytes(), fetch.maxBytes()),
                            request.maxBytes() > 0));
        }

        private PartitionRecords answer(PartitionFetch fetch, FetchResult result) {
            return new PartitionRecords(
                    fetch.topicId(),
                    fetch.name().partition(),
                    result.error(),
                    -1,
                    result.highWatermark(),
                    result.logStartOffset(),
                    result.diverging(),
                    bytes(result.read().slice()));
        }

        private static ByteBuffer bytes(@Nullable FileSlice slice) {
            if (slice == null) {
                return ByteBuffer.allocate(0);
            }
            ByteBuffer bytes = ByteBuffer.allocate(slice.sizeInBytes());
            try {
                slice.read(bytes, 0L);
            } catch (IOException e) {
                throw new AssertionError(e);
            }
            slice.release();
            return bytes.flip();
        }

        private void answer(List<PartitionRecords> found) {
            answered = true;
            watches.forEach(Partition.Watch::cancel);
            if (!cluster.reaches(at.id, self)) {
                lost(replyOn, done);
                return;
            }
            ReplicaFetchResponse response =
                    new ReplicaFetchResponse(
                            ErrorCode.NONE,
                            at.answers.stamp(cluster.scheduler.clock()),
                            found,
                            Buffers.NONE);
            cluster.scheduler.after(
                    cluster.delayNanos(), () -> replyOn.post(() -> done.succeeded(response)));
        }
    }
}
