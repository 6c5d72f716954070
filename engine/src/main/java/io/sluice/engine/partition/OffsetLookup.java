package io.sluice.engine.partition;

import io.sluice.core.model.BatchHeader;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TimestampAndOffset;
import io.sluice.core.partition.PartitionLeader;
import io.sluice.engine.log.ReplicaLog;
import io.sluice.engine.loop.Completion;
import io.sluice.engine.partition.Partition.OffsetAnswer;
import io.sluice.engine.partition.Partition.OffsetQuery;
import java.util.function.Consumer;

/** Answers what ListOffsets asks of one partition. On the partition's loop. */
final class OffsetLookup {

    private static final OffsetAnswer NOT_AVAILABLE =
            new OffsetAnswer(ErrorCode.OFFSET_NOT_AVAILABLE, TimestampAndOffset.NONE);

    private final ReplicaLog log;

    OffsetLookup(ReplicaLog log) {
        this.log = log;
    }

    static OffsetAnswer refused(ErrorCode error) {
        return new OffsetAnswer(error, TimestampAndOffset.NONE);
    }

    private static long readableEnd(PartitionLeader<?> leader, boolean readCommitted) {
        return readCommitted ? leader.lastStableOffset() : leader.highWatermark();
    }

    void answer(
            PartitionLeader<?> leader,
            OffsetQuery query,
            int currentLeaderEpoch,
            Consumer<OffsetAnswer> reply) {
        ErrorCode error = leader.checkEpoch(currentLeaderEpoch);
        if (error != ErrorCode.NONE) {
            reply.accept(refused(error));
            return;
        }
        switch (query) {
            case OffsetQuery.Earliest earliest -> {
                int epoch = log.epochAt(leader.logStart());
                reply.accept(position(leader.logStart(), epoch));
            }
            case OffsetQuery.Latest latest -> {
                long end = readableEnd(leader, latest.readCommitted());
                reply.accept(
                        leader.readableEndKnown()
                                ? position(end, leader.leaderEpoch())
                                : NOT_AVAILABLE);
            }
            case OffsetQuery.MaxTimestamp max ->
                    log.findMaxTimestamp(
                            readableEnd(leader, max.readCommitted()),
                            answering(reply, leader.readableEndKnown()));
            case OffsetQuery.AtTime at ->
                    log.findTimestamp(
                            at.timestamp(),
                            readableEnd(leader, at.readCommitted()),
                            answering(reply, leader.readableEndKnown()));
        }
    }

    private static OffsetAnswer position(long offset, int epoch) {
        return new OffsetAnswer(
                ErrorCode.NONE, new TimestampAndOffset(BatchHeader.NO_TIMESTAMP, offset, epoch));
    }

    /**
     * @param endKnown whether "nothing found" is the truth; while the readable end still catches up
     *     with an earlier epoch it may only be out of sight (KIP-207)
     */
    private static Completion<TimestampAndOffset> answering(
            Consumer<OffsetAnswer> reply, boolean endKnown) {
        return Completion.of(
                found -> {
                    boolean nothing = found.offset() < 0;
                    reply.accept(
                            nothing && !endKnown
                                    ? NOT_AVAILABLE
                                    : new OffsetAnswer(ErrorCode.NONE, found));
                },
                fault -> reply.accept(refused(ErrorCode.KAFKA_STORAGE_ERROR)));
    }
}
