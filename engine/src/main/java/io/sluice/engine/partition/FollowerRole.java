package io.sluice.engine.partition;

import io.sluice.core.model.BatchHeader;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TopicPartition;
import io.sluice.core.model.Uuid;
import io.sluice.core.partition.FetchWaitlist;
import io.sluice.core.partition.PartitionFollower;
import io.sluice.core.partition.PartitionFollower.Answer;
import io.sluice.core.partition.PartitionFollower.Input;
import io.sluice.core.partition.PartitionFollower.Question;
import io.sluice.core.partition.ReplicaPolicy;
import io.sluice.engine.log.ReplicaLog;
import io.sluice.engine.log.ReplicaLog.EpochEnd;
import io.sluice.engine.loop.Completion;
import io.sluice.engine.replication.Follower;
import io.sluice.engine.replication.Peers.ProducersBelow;
import io.sluice.engine.replication.ReplicaFetchResponse.PartitionRecords;
import io.sluice.engine.replication.ReplicaFetchers;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs the follower's machine over its log, and has it fetched for. */
final class FollowerRole extends MachineRole<Input> implements Follower {

    private static final Logger LOG = LoggerFactory.getLogger(FollowerRole.class);

    private static final int NOBODY = -1;

    /** When a cut that could not be made is tried again. */
    private static final long CUT_RETRY_MS = 100L;

    private final ReplicaLog log;
    private final ReplicaFetchers fetchers;
    private final PartitionFollower follower;
    private final PartitionFollower.Outbox outbox = new Effects();

    /** Whom it is fetched from. */
    private int source = NOBODY;

    private ByteBuffer records = ByteBuffer.allocate(0);
    private boolean ended;

    FollowerRole(LeaderRole before, ReplicaPolicy policy, ReplicaFetchers fetchers) {
        super(before.host);
        this.log = host.log();
        this.fetchers = fetchers;
        forgetUnusedEpochs(log);
        this.follower =
                new PartitionFollower(
                        log.producerStates(),
                        new Epochs(log),
                        policy,
                        log.startOffset(),
                        log.endOffset(),
                        log.durableEndOffset(),
                        before.highWatermark(),
                        before.lastStableOffset());
    }

    /** Those in which this replica led and wrote nothing: another's records may lie there. */
    private static void forgetUnusedEpochs(ReplicaLog log) {
        log.truncateTo(log.endOffset(), Completion.of(end -> {}, fault -> {}));
    }

    /** What the machine may know of the log's epochs. */
    private record Epochs(ReplicaLog log) implements PartitionFollower.Epochs {

        @Override
        public int epochAt(long offset) {
            return log.epochAt(offset);
        }

        @Override
        public int epochUpTo(int epoch) {
            return upTo(epoch).epoch();
        }

        @Override
        public long endOf(int epoch) {
            return upTo(epoch).endOffset();
        }

        private EpochEnd upTo(int epoch) {
            EpochEnd end = log.endOfEpoch(epoch);
            int latest = log.latestEpoch();
            return end.endOffset() < 0 ? new EpochEnd(latest, log.endOffset()) : end;
        }
    }

    void follow(int leader, int epoch) {
        if (leader != source) {
            stopFetching();
            source = leader;
            fetchers.follow(leader, this);
        }
        step(new Input.BecomeFollower(leader, epoch));
    }

    private void stopFetching() {
        if (source != NOBODY) {
            fetchers.unfollow(source, this);
            source = NOBODY;
        }
    }

    /** A cut of the log is under way: nobody may write it. */
    boolean isCutting() {
        return follower.isCutting();
    }

    @Override
    public TopicPartition name() {
        return log.partition();
    }

    @Override
    public Uuid topicId() {
        return log.topicId();
    }

    @Override
    public @Nullable Question question() {
        return follower.question();
    }

    @Override
    public void answered(Question asked, PartitionRecords answer) {
        List<BatchHeader> batches = new ArrayList<>();
        ErrorCode error = answer.error();
        if (error == ErrorCode.NONE && !wholeBatches(answer.records(), batches)) {
            error = ErrorCode.CORRUPT_MESSAGE;
        }
        EpochEnd diverging = answer.diverging();
        records = answer.records();
        try {
            step(
                    new Input.Fetched(
                            new Answer(
                                    asked,
                                    error,
                                    answer.highWatermark(),
                                    answer.logStart(),
                                    diverging == null
                                            ? BatchHeader.NO_LEADER_EPOCH
                                            : diverging.epoch(),
                                    diverging == null ? -1L : diverging.endOffset(),
                                    batches)));
        } finally {
            records = ByteBuffer.allocate(0);
        }
    }

    @Override
    public long heldBackNanos() {
        return host.throttle().fetchesAfterNanos();
    }

    @Override
    public void fetched(long bytes, boolean caughtUp) {
        host.throttle().fetched(bytes, caughtUp);
    }

    /** Finds the batches; false if one is damaged. What is behind the last whole one is left. */
    private static boolean wholeBatches(ByteBuffer bytes, List<BatchHeader> found) {
        int at = bytes.position();
        while (bytes.limit() - at >= BatchHeader.SIZE) {
            BatchHeader header = BatchHeader.read(bytes, at);
            int size = header.sizeInBytes();
            if (size < BatchHeader.SIZE || header.magic() != BatchHeader.MAGIC_V2) {
                return false;
            }
            if (size > bytes.limit() - at) {
                return true;
            }
            if (BatchHeader.computeCrc(bytes, at, size) != header.crc()) {
                return false;
            }
            found.add(header);
            at += size;
        }
        return true;
    }

    @Override
    void take(Input input) {
        follower.step(input, outbox);
    }

    @Override
    void stepped() {
        if (!follower.isCutting()) {
            host.cutEnded();
        }
    }

    private void cutNow() {
        step(new Input.Cut(log.startOffset(), log.endOffset(), log.durableEndOffset()));
    }

    /** Executes what the machine decided. */
    private final class Effects implements PartitionFollower.Outbox {

        @Override
        public boolean append(List<BatchHeader> batches, int from, int to) {
            int at = records.position();
            for (int i = 0; i < from; i++) {
                at += batches.get(i).sizeInBytes();
            }
            int end = at;
            for (int i = from; i < to; i++) {
                end += batches.get(i).sizeInBytes();
            }
            ByteBuffer part = records.duplicate().position(at).limit(end);
            try {
                log.append(part, batches.subList(from, to), host.loop().clock().wallMs());
                host.replicated(end - at);
                return true;
            } catch (IOException e) {
                host.faultFound(e);
                return false;
            }
        }

        @Override
        public void flush() {
            host.requestFlush();
        }

        @Override
        public void truncate(long offset) {
            LOG.info("{} is cut at offset {}, of {}", name(), offset, log.endOffset());
            log.truncateTo(offset, cut());
        }

        @Override
        public void restartAt(long offset) {
            LOG.info(
                    "{} begins anew at offset {}, it ended at {}", name(), offset, log.endOffset());
            if (offset == 0) {
                log.restartAt(offset, List.of(), cut());
                return;
            }
            fetchers.producersBelow(
                    source,
                    new ProducersBelow(name(), topicId(), follower.leaderEpoch(), offset),
                    Completion.of(
                            known -> {
                                if (!ended) {
                                    log.restartAt(offset, known, cut());
                                }
                            },
                            this::notCut));
        }

        private Completion<Long> cut() {
            return Completion.of(
                    end -> cutNow(),
                    fault -> {
                        host.faultFound(fault);
                        notCut(fault);
                    });
        }

        /** A failed directory is told of by itself; anything else passes. */
        private void notCut(IOException fault) {
            LOG.info("{} is not cut yet: {}", name(), fault.getMessage());
            host.loop().schedule(CUT_RETRY_MS, FollowerRole.this::cutNow);
        }

        @Override
        public long advanceStart(long offset) {
            try {
                log.advanceStartOffset(offset);
                return log.startOffset();
            } catch (IOException e) {
                return NO_START;
            }
        }

        @Override
        public void ask() {
            fetchers.ready(source, FollowerRole.this);
        }

        @Override
        public void askLater(ErrorCode why, String detail) {
            LOG.debug("{} asks its leader later: {} {}", name(), why, detail);
            fetchers.rest(source, FollowerRole.this);
        }

        @Override
        public void tellDurable() {
            fetchers.tell(source, FollowerRole.this);
        }

        @Override
        public void wake(FetchWaitlist.Waiter waiter) {
            host.tell(waiter::wake);
        }
    }

    @Override
    PartitionFollower machine() {
        return follower;
    }

    @Override
    int waitingAppends() {
        return 0;
    }

    @Override
    void flushed(long durableEnd) {
        step(new Input.Flushed(durableEnd));
    }

    @Override
    void diskFailed() {
        step(new Input.DiskFailed());
        stopFetching();
    }

    @Override
    void startMoved(long logStart) {
        step(new Input.StartMoved(logStart));
    }

    @Override
    void reconfigured(ReplicaPolicy policy) {
        step(new Input.Reconfigured(policy));
    }

    @Override
    void resign(ErrorCode reason) {
        step(new Input.Resign(reason));
        stopFetching();
    }

    @Override
    void end() {
        ended = true;
        stopFetching();
    }
}
