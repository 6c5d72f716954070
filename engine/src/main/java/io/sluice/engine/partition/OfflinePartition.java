package io.sluice.engine.partition;

import io.sluice.core.config.TopicConfig;
import io.sluice.core.model.BatchHeader;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TimestampAndOffset;
import io.sluice.core.model.TopicPartition;
import io.sluice.core.model.TransactionMarker;
import io.sluice.core.model.Uuid;
import io.sluice.core.partition.Admission;
import io.sluice.core.partition.FollowerEnds;
import io.sluice.engine.log.FileSlice;
import io.sluice.engine.log.ReplicaLog;
import io.sluice.engine.log.ReplicaLog.EpochEnd;
import io.sluice.engine.loop.EventLoop;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.Consumer;

/**
 * A partition whose log could not be opened: its directory failed, or it is damaged. It answers
 * KAFKA_STORAGE_ERROR to all, which a client takes as "try again", and not as "no such topic".
 */
record OfflinePartition(EventLoop loop, TopicPartition name, Uuid topicId, TopicConfig config)
        implements Partition {

    private static final ErrorCode WHY = ErrorCode.KAFKA_STORAGE_ERROR;

    @Override
    public void append(
            ByteBuffer records,
            List<BatchHeader> batches,
            short acks,
            int timeoutMs,
            long guard,
            AppendReply reply) {
        reply.appended(
                new AppendResult(WHY, "the log is offline", -1L, BatchHeader.NO_TIMESTAMP, -1L));
    }

    @Override
    public Admission beginTransaction(BatchHeader batch, boolean epochPerTransaction) {
        return new Admission.Refused(WHY, "the log is offline");
    }

    @Override
    public boolean isStored(BatchHeader batch) {
        return false;
    }

    @Override
    public void writeMarker(TransactionMarker marker, int timeoutMs, Consumer<ErrorCode> reply) {
        reply.accept(WHY);
    }

    @Override
    public FetchResult fetch(FetchSpec spec) {
        return PartitionReads.refused(WHY);
    }

    @Override
    public void followers(FollowerEnds told) {
        // it does not lead
    }

    @Override
    public boolean stillFinds(FetchResult before, long fetchOffset, int currentLeaderEpoch) {
        return false;
    }

    @Override
    public FetchResult replicaFetch(ReplicaFetchSpec spec) {
        return PartitionReads.refused(WHY);
    }

    @Override
    public Watch watchLogEnd(long offset, Runnable wake) {
        return watch(offset, false, wake);
    }

    @Override
    public long bytesAvailable(long fetchOffset, boolean readCommitted, int limit) {
        return -1L;
    }

    @Override
    public Watch watch(long offset, boolean readCommitted, Runnable wake) {
        boolean[] cancelled = new boolean[1];
        loop.post(() -> {
            if (!cancelled[0]) {
                wake.run();
            }
        });
        return () -> cancelled[0] = true;
    }

    @Override
    public void warm(FileSlice slice, Consumer<Boolean> done) {
        done.accept(false);
    }

    @Override
    public long nextScheduled(long from) {
        return ReplicaLog.NOTHING_SCHEDULED;
    }

    @Override
    public long scheduleFloor() {
        return 0L;
    }

    @Override
    public void listOffset(
            OffsetQuery query, int currentLeaderEpoch, Consumer<OffsetAnswer> reply) {
        reply.accept(new OffsetAnswer(WHY, TimestampAndOffset.NONE));
    }

    @Override
    public EpochAnswer endOfEpoch(int epoch, int currentLeaderEpoch) {
        return new EpochAnswer(WHY, new EpochEnd(BatchHeader.NO_LEADER_EPOCH, -1L));
    }

    @Override
    public void deleteRecords(long offset, Consumer<DeleteAnswer> reply) {
        reply.accept(new DeleteAnswer(WHY, -1L));
    }

    @Override
    public ProducersAnswer producers() {
        return new ProducersAnswer(WHY, List.of());
    }

    @Override
    public void confirm(int timeoutMs, Consumer<ErrorCode> reply) {
        reply.accept(WHY);
    }

    @Override
    public RememberedAnswer producersBelow(long offset, int currentLeaderEpoch) {
        return new RememberedAnswer(WHY, List.of());
    }

    @Override
    public int leadingEpoch() {
        return BatchHeader.NO_LEADER_EPOCH;
    }

    @Override
    public PartitionStatus status() {
        return new PartitionStatus(BatchHeader.NO_LEADER_EPOCH, -1L, -1L, -1L, -1L, 0L, Uuid.ZERO);
    }
}
