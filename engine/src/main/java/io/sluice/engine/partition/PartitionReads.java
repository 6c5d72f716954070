package io.sluice.engine.partition;

import io.sluice.core.model.AbortedTransaction;
import io.sluice.core.model.BatchHeader;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.partition.LeaderInput;
import io.sluice.engine.log.FileSlice;
import io.sluice.engine.log.LogRead;
import io.sluice.engine.log.ReplicaLog;
import io.sluice.engine.log.ReplicaLog.EpochEnd;
import io.sluice.engine.partition.Partition.EpochAnswer;
import io.sluice.engine.partition.Partition.FetchResult;
import io.sluice.engine.partition.Partition.FetchSpec;
import io.sluice.engine.partition.Partition.RememberedAnswer;
import io.sluice.engine.partition.Partition.ReplicaFetchSpec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Reads of one partition: a consumer's up to what it may see, a follower's up to the log's end. */
final class PartitionReads {

    private static final EpochEnd NO_EPOCH = new EpochEnd(BatchHeader.NO_LEADER_EPOCH, -1L);

    private final ReplicaLog log;
    private final Consumer<IOException> onFault;

    PartitionReads(ReplicaLog log, Consumer<IOException> onFault) {
        this.log = log;
        this.onFault = onFault;
    }

    /** As {@link ReplicaLog#nextScheduled}; {@code from} itself where the log cannot be asked. */
    long nextScheduled(long from) {
        try {
            return log.nextScheduled(from);
        } catch (IOException e) {
            onFault.accept(e);
            return from;
        }
    }

    /** As {@link ReplicaLog#scheduleFloor}; 0 where the log cannot be asked. */
    long scheduleFloor() {
        try {
            return log.scheduleFloor();
        } catch (IOException e) {
            onFault.accept(e);
            return 0L;
        }
    }

    /** Where an epoch ended, if there is nothing against telling it. */
    EpochAnswer endOfEpoch(ErrorCode against, int epoch) {
        return new EpochAnswer(
                against, against == ErrorCode.NONE ? log.endOfEpoch(epoch) : NO_EPOCH);
    }

    /** Who wrote below an offset, if there is nothing against telling it. */
    RememberedAnswer producersBelow(ErrorCode against, long offset) {
        return new RememberedAnswer(
                against,
                against == ErrorCode.NONE ? log.producerStates().below(offset) : List.of());
    }

    /** Where a reader's view ends. */
    static long readableEnd(MachineRole<?> role, boolean readCommitted) {
        return readCommitted ? role.lastStableOffset() : role.highWatermark();
    }

    static FetchResult refused(ErrorCode error) {
        return new FetchResult(error, -1L, -1L, -1L, LogRead.NOTHING, List.of(), null);
    }

    /** A consumer's, of the leader or of a follower near it (KIP-392). */
    FetchResult read(MachineRole<?> role, FetchSpec spec) {
        FetchResult refusal =
                refusal(
                        role,
                        spec.currentLeaderEpoch(),
                        spec.lastFetchedEpoch(),
                        spec.fetchOffset());
        if (refusal != null) {
            return refusal;
        }
        long upTo = readableEnd(role, spec.readCommitted());
        if (spec.fetchOffset() >= upTo) {
            return answer(role, LogRead.NOTHING, List.of(), null);
        }
        try {
            LogRead read = log.read(spec.fetchOffset(), upTo, spec.maxBytes(), spec.atLeastOne());
            return spec.readCommitted()
                    ? committed(role, spec.fetchOffset(), read, upTo)
                    : answer(role, read, List.of(), null);
        } catch (IOException e) {
            onFault.accept(e);
            return refused(ErrorCode.KAFKA_STORAGE_ERROR);
        }
    }

    /** With what its reader has to leave out. */
    private FetchResult committed(MachineRole<?> role, long fetchOffset, LogRead read, long upTo)
            throws IOException {
        FileSlice slice = read.slice();
        if (slice == null) {
            return answer(role, read, List.of(), null);
        }
        try {
            return answer(role, read, log.abortedIn(slice, fetchOffset, upTo), null);
        } catch (IOException e) {
            slice.release();
            throw e;
        }
    }

    /** A follower's: what it has is counted first, so that the answer tells what that has moved. */
    FetchResult read(LeaderRole role, ReplicaFetchSpec spec, ReplicaThrottle throttle) {
        ErrorCode epochError = role.checkEpoch(spec.currentLeaderEpoch());
        if (epochError != ErrorCode.NONE) {
            return refused(epochError);
        }
        if (!role.machine().followedBy(spec.replica(), spec.brokerEpoch())) {
            return refused(ErrorCode.NOT_LEADER_OR_FOLLOWER);
        }
        FetchResult refusal =
                refusal(
                        role,
                        spec.currentLeaderEpoch(),
                        spec.lastFetchedEpoch(),
                        spec.fetchOffset());
        if (refusal != null) {
            return refusal;
        }
        try {
            if (!beginsInside(spec, role.logEnd())) {
                role.step(
                        new LeaderInput.ReplicaFetched<>(
                                spec.replica(),
                                spec.brokerEpoch(),
                                spec.currentLeaderEpoch(),
                                spec.fetchOffset(),
                                spec.durableEnd(),
                                spec.followedMs()));
            }
            if (spec.maxBytes() <= 0
                    || spec.fetchOffset() >= role.logEnd()
                    || throttle.givesAfterNanos(spec.replica()) > 0) {
                return answer(role, LogRead.NOTHING, List.of(), null);
            }
            LogRead read =
                    log.read(spec.fetchOffset(), role.logEnd(), spec.maxBytes(), spec.atLeastOne());
            FileSlice slice = read.slice();
            if (slice != null) {
                throttle.gave(spec.replica(), slice.sizeInBytes());
            }
            return answer(role, read, List.of(), null);
        } catch (IOException e) {
            onFault.accept(e);
            return refused(ErrorCode.KAFKA_STORAGE_ERROR);
        }
    }

    /**
     * Whether there is nothing to read, as before, and all else that a reader is told is as it was.
     */
    static boolean stillFinds(
            MachineRole<?> role, FetchResult before, long fetchOffset, int currentLeaderEpoch) {
        return before.error() == ErrorCode.NONE
                && before.diverging() == null
                && before.read().slice() == null
                && role.checkEpoch(currentLeaderEpoch) == ErrorCode.NONE
                && fetchOffset == role.logEnd()
                && before.highWatermark() == role.highWatermark()
                && before.lastStableOffset() == role.lastStableOffset()
                && before.logStartOffset() == role.logStart();
    }

    /** An empty log that begins inside a batch will begin anew before it: it counts for nothing. */
    private boolean beginsInside(ReplicaFetchSpec spec, long logEnd) throws IOException {
        if (spec.lastFetchedEpoch() != BatchHeader.NO_LEADER_EPOCH
                || spec.fetchOffset() >= logEnd) {
            return false;
        }
        FileSlice slice = log.read(spec.fetchOffset(), logEnd, 1, true).slice();
        if (slice == null) {
            return false;
        }
        try {
            ByteBuffer header = ByteBuffer.allocate(BatchHeader.SIZE);
            slice.read(header, 0L);
            return BatchHeader.read(header, 0).baseOffset() < spec.fetchOffset();
        } finally {
            slice.release();
        }
    }

    /** What is to be answered instead of records, or null: logs that differ are told where. */
    private @Nullable FetchResult refusal(
            MachineRole<?> role, int currentLeaderEpoch, int lastFetchedEpoch, long fetchOffset) {
        ErrorCode epochError = role.checkEpoch(currentLeaderEpoch);
        if (epochError != ErrorCode.NONE) {
            return refused(epochError);
        }
        if (lastFetchedEpoch != BatchHeader.NO_LEADER_EPOCH) {
            EpochEnd end = log.endOfEpoch(lastFetchedEpoch);
            if (end.endOffset() < 0 || fetchOffset < role.logStart()) {
                return outOfRange(role);
            }
            if (end.endOffset() < fetchOffset || end.epoch() < lastFetchedEpoch) {
                return answer(role, LogRead.NOTHING, List.of(), end);
            }
        }
        return fetchOffset < role.logStart() || fetchOffset > role.logEnd()
                ? outOfRange(role)
                : null;
    }

    private static FetchResult outOfRange(MachineRole<?> role) {
        return new FetchResult(
                ErrorCode.OFFSET_OUT_OF_RANGE,
                -1L,
                -1L,
                role.logStart(),
                LogRead.NOTHING,
                List.of(),
                null);
    }

    private static FetchResult answer(
            MachineRole<?> role,
            LogRead read,
            List<AbortedTransaction> aborted,
            @Nullable EpochEnd diverging) {
        return new FetchResult(
                ErrorCode.NONE,
                role.highWatermark(),
                role.lastStableOffset(),
                role.logStart(),
                read,
                aborted,
                diverging);
    }

    /** Bytes between an offset and the end of a view; -1 if the offset cannot be read. */
    long available(MachineRole<?> role, long fetchOffset, long upTo, int limit) {
        if (role.refusal() != ErrorCode.NONE
                || fetchOffset < role.logStart()
                || fetchOffset > role.logEnd()) {
            return -1;
        }
        return fetchOffset >= upTo ? 0 : log.bytesBetween(fetchOffset, upTo, limit);
    }
}
