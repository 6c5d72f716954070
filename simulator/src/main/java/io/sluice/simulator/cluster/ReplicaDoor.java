package io.sluice.simulator.cluster;

import io.sluice.core.model.BatchHeader;
import io.sluice.core.model.ErrorCode;
import io.sluice.engine.log.FileSlice;
import io.sluice.engine.loop.EventLoop;
import io.sluice.engine.partition.Partition;
import io.sluice.engine.partition.Partition.FetchResult;
import io.sluice.engine.partition.Partition.ReplicaFetchSpec;
import io.sluice.engine.replication.ReplicaFetchRequest;
import io.sluice.engine.replication.ReplicaFetchRequest.PartitionFetch;
import io.sluice.engine.replication.ReplicaFetchResponse;
import io.sluice.engine.replication.ReplicaFetchResponse.Buffers;
import io.sluice.engine.replication.ReplicaFetchResponse.PartitionRecords;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Answers one fetch of a follower: reads at once, and if nothing is there waits until a log has
 * grown or the time is over, and reads again. Each partition is asked on its own loop; the rest is
 * the home loop's.
 */
final class ReplicaDoor {

    private final BrokerProcess broker;
    private final ReplicaFetchRequest request;
    private final Consumer<ReplicaFetchResponse> answer;
    private final List<@Nullable PartitionRecords> records = new ArrayList<>();
    private int missing;
    private boolean waits;
    private boolean woken;
    private EventLoop.@Nullable Timer timer;

    private ReplicaDoor(
            BrokerProcess broker,
            ReplicaFetchRequest request,
            Consumer<ReplicaFetchResponse> answer) {
        this.broker = broker;
        this.request = request;
        this.answer = answer;
        this.waits = request.maxWaitMs() > 0;
    }

    /** In the broker's process. */
    static void serve(
            BrokerProcess broker,
            ReplicaFetchRequest request,
            Consumer<ReplicaFetchResponse> answer) {
        broker.home().execute(() -> new ReplicaDoor(broker, request, answer).read());
    }

    private void read() {
        records.clear();
        List<PartitionFetch> all = request.partitions();
        missing = all.size();
        for (int i = 0; i < all.size(); i++) {
            records.add(null);
        }
        for (int i = 0; i < all.size(); i++) {
            PartitionFetch fetch = all.get(i);
            int place = i;
            Partition partition =
                    broker.partitions().find(fetch.topicId(), fetch.name().partition());
            if (partition == null) {
                take(place, refused(fetch, ErrorCode.NOT_LEADER_OR_FOLLOWER, -1));
            } else {
                partition
                        .loop()
                        .execute(() -> {
                            read(
                                    partition,
                                    fetch,
                                    found -> broker.home().execute(() -> take(place, found)));
                        });
            }
        }
    }

    private void read(Partition partition, PartitionFetch fetch, Consumer<PartitionRecords> found) {
        FetchResult result =
                partition.replicaFetch(
                        broker.spoilt()
                                .fetch(
                                        partition,
                                        new ReplicaFetchSpec(
                                                request.replicaId(),
                                                request.brokerEpoch(),
                                                broker.answers().followedMs(request.heard()),
                                                fetch.fetchOffset(),
                                                fetch.currentLeaderEpoch(),
                                                fetch.lastFetchedEpoch(),
                                                fetch.durableEnd(),
                                                Math.min(request.maxBytes(), fetch.maxBytes()),
                                                true)));
        FileSlice slice = result.read().slice();
        if (slice != null && result.read().cold()) {
            partition.warm(slice, whole -> found.accept(copied(partition, fetch, result, whole)));
        } else {
            found.accept(copied(partition, fetch, result, true));
        }
    }

    private PartitionRecords copied(
            Partition partition, PartitionFetch fetch, FetchResult result, boolean whole) {
        FileSlice slice = result.read().slice();
        long highWatermark = broker.spoilt().highWatermark(partition, result.highWatermark());
        try {
            if (!whole) {
                throw new IOException("damaged");
            }
            return new PartitionRecords(
                    fetch.topicId(),
                    fetch.name().partition(),
                    result.error(),
                    result.error() == ErrorCode.NONE
                            ? BatchHeader.NO_LEADER_EPOCH
                            : partition.status().leaderEpoch(),
                    highWatermark,
                    result.logStartOffset(),
                    result.diverging(),
                    slice == null ? ByteBuffer.allocate(0) : ByteBuffer.wrap(Door.copy(slice)));
        } catch (IOException e) {
            return refused(fetch, ErrorCode.KAFKA_STORAGE_ERROR, partition.status().leaderEpoch());
        } finally {
            if (slice != null) {
                slice.release();
            }
        }
    }

    private static PartitionRecords refused(PartitionFetch fetch, ErrorCode error, int epoch) {
        return new PartitionRecords(
                fetch.topicId(),
                fetch.name().partition(),
                error,
                epoch,
                -1L,
                -1L,
                null,
                ByteBuffer.allocate(0));
    }

    private void take(int place, PartitionRecords found) {
        records.set(place, found);
        missing--;
        if (missing > 0) {
            return;
        }
        List<PartitionRecords> all = new ArrayList<>();
        boolean news = false;
        for (PartitionRecords one : records) {
            if (one != null) {
                all.add(one);
                news |=
                        one.error() != ErrorCode.NONE
                                || one.diverging() != null
                                || one.records().hasRemaining();
            }
        }
        if (news || !waits) {
            answer.accept(
                    new ReplicaFetchResponse(
                            ErrorCode.NONE,
                            broker.answers().stamp(broker.home().clock()),
                            all,
                            Buffers.NONE));
        } else {
            park();
        }
    }

    private void park() {
        waits = false;
        timer = broker.home().schedule(request.maxWaitMs(), this::wake);
        for (PartitionFetch fetch : request.partitions()) {
            Partition partition =
                    broker.partitions().find(fetch.topicId(), fetch.name().partition());
            if (partition == null) {
                wake();
            } else {
                Runnable wake = () -> broker.home().execute(this::wake);
                partition
                        .loop()
                        .execute(() ->
                                partition.watchLogEnd(
                                        request.replicaId(), fetch.fetchOffset(), wake));
            }
        }
    }

    private void wake() {
        if (!woken) {
            woken = true;
            if (timer != null) {
                timer.cancel();
            }
            read();
        }
    }
}
