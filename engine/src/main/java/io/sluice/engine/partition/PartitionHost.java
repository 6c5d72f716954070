package io.sluice.engine.partition;

import io.sluice.core.config.TopicConfig;
import io.sluice.core.model.BatchHeader;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TimestampAndOffset;
import io.sluice.core.model.TopicPartition;
import io.sluice.core.model.Uuid;
import io.sluice.core.partition.FetchWaitlist;
import io.sluice.core.partition.PartitionLeader;
import io.sluice.core.partition.PartitionLeader.Input;
import io.sluice.engine.log.FileSlice;
import io.sluice.engine.log.LogRead;
import io.sluice.engine.log.ReplicaLog;
import io.sluice.engine.log.ReplicaLog.EpochEnd;
import io.sluice.engine.loop.Completion;
import io.sluice.engine.loop.EventLoop;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Runs the machine of one partition over its log, on one event loop. */
final class PartitionHost implements Partition {

    private static final EpochEnd NO_EPOCH = new EpochEnd(BatchHeader.NO_LEADER_EPOCH, -1L);

    private final EventLoop loop;
    private final ReplicaLog log;
    private final PartitionLeader<Ticket> leader;
    private final PartitionLeader.Outbox<Ticket> outbox = new Effects();
    private volatile TopicConfig config;
    private final ArrayDeque<Runnable> untold = new ArrayDeque<>(4);
    private boolean telling;
    private boolean flushing;
    private boolean flushAgain;
    private EventLoop.@Nullable Timer deadline;
    private long deadlineMs = PartitionLeader.NO_DEADLINE;

    /** A waiting append: who is answered, and the bytes while they are not written. */
    private static final class Ticket {
        private final AppendReply reply;
        private @Nullable ByteBuffer records;

        Ticket(AppendReply reply, ByteBuffer records) {
            this.reply = reply;
            this.records = records;
        }
    }

    PartitionHost(EventLoop loop, ReplicaLog log, TopicConfig config) {
        this.loop = loop;
        this.log = log;
        this.config = config;
        this.leader =
                new PartitionLeader<>(
                        log.producerStates(),
                        policy(config),
                        log.startOffset(),
                        log.endOffset(),
                        log.durableEndOffset());
    }

    private static PartitionLeader.Policy policy(TopicConfig config) {
        // A flush for every message is a promise about each of them, so it is kept before the answer.
        boolean beforeAck =
                config.flush() == TopicConfig.FlushMode.COMMIT || config.flushMessages() == 1;
        return new PartitionLeader.Policy(
                beforeAck, config.flushMessages(), config.minInsyncReplicas());
    }

    @Override
    public EventLoop loop() {
        return loop;
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
    public TopicConfig config() {
        return config;
    }

    ReplicaLog log() {
        return log;
    }

    /** This replica leads, in that epoch. */
    void becomeLeader(int epoch) {
        try {
            log.startEpoch(epoch);
        } catch (IOException e) {
            step(new Input.DiskFailed<>());
            return;
        }
        step(new Input.BecomeLeader<>(epoch));
    }

    void resign(ErrorCode reason) {
        step(new Input.Resign<>(reason));
    }

    void diskFailed() {
        step(new Input.DiskFailed<>());
    }

    void reconfigure(TopicConfig changed) {
        config = changed;
        log.reconfigure(changed);
        step(new Input.Reconfigured<>(policy(changed)));
    }

    private void step(Input<Ticket> input) {
        leader.step(input, nowMs(), outbox);
        log.highWatermark(leader.highWatermark());
        scheduleDeadline();
        tellOthers();
    }

    /** Who is told may come back at once with more work, so it waits until the step is over. */
    private void tellOthers() {
        if (telling) {
            return;
        }
        telling = true;
        try {
            for (Runnable next = untold.poll(); next != null; next = untold.poll()) {
                next.run();
            }
        } finally {
            telling = false;
        }
    }

    private long nowMs() {
        return loop.clock().monotonicNanos() / 1_000_000L;
    }

    /** One timer a partition, at the nearest deadline: most appends are answered long before. */
    private void scheduleDeadline() {
        long next = leader.nextDeadlineMs();
        if (next >= deadlineMs) {
            return;
        }
        if (deadline != null) {
            deadline.cancel();
        }
        deadlineMs = next;
        deadline =
                loop.schedule(
                        next - nowMs(),
                        () -> {
                            deadline = null;
                            deadlineMs = PartitionLeader.NO_DEADLINE;
                            step(new Input.Tick<>());
                        });
    }

    @Override
    public void append(
            ByteBuffer records,
            List<BatchHeader> batches,
            short acks,
            int timeoutMs,
            AppendReply reply) {
        Ticket ticket = new Ticket(reply, records);
        step(new Input.Append<>(ticket, batches, acks, nowMs() + Math.max(0, timeoutMs)));
        ticket.records = null;
    }

    /** Executes what the machine decided. */
    private final class Effects implements PartitionLeader.Outbox<Ticket> {

        @Override
        public void append(Ticket ticket, List<BatchHeader> assigned) {
            ByteBuffer records = ticket.records;
            if (records == null) {
                throw new IllegalStateException("append without its bytes");
            }
            int at = records.position();
            for (BatchHeader batch : assigned) {
                BatchHeader.assign(records, at, batch.baseOffset(), batch.leaderEpoch());
                at += batch.sizeInBytes();
            }
            try {
                log.append(records, assigned, loop.clock().wallMs());
            } catch (IOException e) {
                leader.step(new Input.DiskFailed<>(), nowMs(), this);
            }
        }

        @Override
        public void flush() {
            requestFlush();
        }

        @Override
        public void reply(Ticket ticket, PartitionLeader.Outcome outcome) {
            AppendResult result =
                    new AppendResult(
                            outcome.error(),
                            outcome.detail(),
                            outcome.baseOffset(),
                            BatchHeader.NO_TIMESTAMP,
                            leader.logStart());
            untold.add(() -> ticket.reply.appended(result));
        }

        @Override
        public void wake(FetchWaitlist.Waiter waiter) {
            untold.add(waiter::wake);
        }
    }

    /** At most one flush under way; one more serves all that gathered meanwhile. */
    private void requestFlush() {
        if (flushing) {
            flushAgain = true;
            return;
        }
        flushing = true;
        flushAgain = false;
        log.flush(
                new Completion<>() {
                    @Override
                    public void succeeded(Long durableEnd) {
                        flushing = false;
                        if (flushAgain) {
                            requestFlush();
                        }
                        step(new Input.Flushed<>(durableEnd));
                    }

                    @Override
                    public void failed(IOException fault) {
                        flushing = false;
                        step(new Input.DiskFailed<>());
                    }
                });
    }

    @Override
    public FetchResult fetch(FetchSpec spec) {
        ErrorCode epochError = leader.checkEpoch(spec.currentLeaderEpoch());
        if (epochError != ErrorCode.NONE) {
            return answer(epochError, LogRead.NOTHING, null);
        }
        if (spec.lastFetchedEpoch() != BatchHeader.NO_LEADER_EPOCH) {
            EpochEnd end = log.endOfEpoch(spec.lastFetchedEpoch());
            if (end.endOffset() < spec.fetchOffset() || end.epoch() < spec.lastFetchedEpoch()) {
                return answer(ErrorCode.NONE, LogRead.NOTHING, end);
            }
        }
        if (spec.fetchOffset() < leader.logStart() || spec.fetchOffset() > leader.logEnd()) {
            return answer(ErrorCode.OFFSET_OUT_OF_RANGE, LogRead.NOTHING, null);
        }
        long upTo = readableEnd(spec.readCommitted());
        if (spec.fetchOffset() >= upTo) {
            return answer(ErrorCode.NONE, LogRead.NOTHING, null);
        }
        try {
            LogRead read =
                    log.read(spec.fetchOffset(), upTo, spec.maxBytes(), spec.atLeastOne());
            return answer(ErrorCode.NONE, read, null);
        } catch (IOException e) {
            return answer(ErrorCode.KAFKA_STORAGE_ERROR, LogRead.NOTHING, null);
        }
    }

    private FetchResult answer(ErrorCode error, LogRead read, @Nullable EpochEnd diverging) {
        return new FetchResult(
                error,
                leader.highWatermark(),
                leader.lastStableOffset(),
                leader.logStart(),
                read,
                diverging);
    }

    private long readableEnd(boolean readCommitted) {
        return readCommitted ? leader.lastStableOffset() : leader.highWatermark();
    }

    @Override
    public long bytesAvailable(long fetchOffset, boolean readCommitted, int limit) {
        if (leader.refusal() != ErrorCode.NONE
                || fetchOffset < leader.logStart()
                || fetchOffset > leader.logEnd()) {
            return -1;
        }
        long upTo = readableEnd(readCommitted);
        return fetchOffset >= upTo ? 0 : log.bytesBetween(fetchOffset, upTo, limit);
    }

    @Override
    public Watch watch(long offset, boolean readCommitted, Runnable wake) {
        FetchWaitlist.Waiter waiter = new FetchWaitlist.Waiter(offset, wake);
        if (leader.refusal() != ErrorCode.NONE
                || offset < readableEnd(readCommitted)
                || !leader.readers().add(waiter)) {
            loop.post(wake);
        }
        return () -> leader.readers().remove(waiter);
    }

    @Override
    public void warm(FileSlice slice, Runnable done) {
        log.warm(
                slice,
                new Completion<>() {
                    @Override
                    public void succeeded(FileSlice warmed) {
                        done.run();
                    }

                    @Override
                    public void failed(IOException fault) {
                        done.run(); // sending will meet the same fault and close the connection
                    }
                });
    }

    @Override
    public void listOffset(
            OffsetQuery query, int currentLeaderEpoch, Consumer<OffsetAnswer> reply) {
        ErrorCode error = leader.checkEpoch(currentLeaderEpoch);
        if (error != ErrorCode.NONE) {
            reply.accept(new OffsetAnswer(error, TimestampAndOffset.NONE));
            return;
        }
        switch (query) {
            case OffsetQuery.Earliest earliest -> reply.accept(position(leader.logStart()));
            case OffsetQuery.Latest latest ->
                    reply.accept(position(readableEnd(latest.readCommitted())));
            case OffsetQuery.MaxTimestamp max ->
                    log.findMaxTimestamp(leader.highWatermark(), answering(reply));
            case OffsetQuery.AtTime at ->
                    log.findTimestamp(at.timestamp(), leader.highWatermark(), answering(reply));
        }
    }

    private OffsetAnswer position(long offset) {
        return new OffsetAnswer(
                ErrorCode.NONE,
                new TimestampAndOffset(BatchHeader.NO_TIMESTAMP, offset, leader.leaderEpoch()));
    }

    private static Completion<TimestampAndOffset> answering(Consumer<OffsetAnswer> reply) {
        return new Completion<>() {
            @Override
            public void succeeded(TimestampAndOffset found) {
                reply.accept(new OffsetAnswer(ErrorCode.NONE, found));
            }

            @Override
            public void failed(IOException fault) {
                reply.accept(
                        new OffsetAnswer(ErrorCode.KAFKA_STORAGE_ERROR, TimestampAndOffset.NONE));
            }
        };
    }

    @Override
    public EpochAnswer endOfEpoch(int epoch, int currentLeaderEpoch) {
        ErrorCode error = leader.checkEpoch(currentLeaderEpoch);
        return error == ErrorCode.NONE
                ? new EpochAnswer(ErrorCode.NONE, log.endOfEpoch(epoch))
                : new EpochAnswer(error, NO_EPOCH);
    }

    @Override
    public void deleteRecords(long offset, Consumer<DeleteAnswer> reply) {
        reply.accept(deleteNow(offset));
    }

    private DeleteAnswer deleteNow(long offset) {
        if (leader.refusal() != ErrorCode.NONE) {
            return new DeleteAnswer(leader.refusal(), -1L);
        }
        if (!config.delete()) {
            return new DeleteAnswer(ErrorCode.POLICY_VIOLATION, -1L);
        }
        long before = offset == -1L ? leader.highWatermark() : offset;
        if (before < 0 || before > leader.highWatermark()) {
            return new DeleteAnswer(ErrorCode.OFFSET_OUT_OF_RANGE, -1L);
        }
        try {
            log.advanceStartOffset(before);
        } catch (IOException e) {
            diskFailed();
            return new DeleteAnswer(ErrorCode.KAFKA_STORAGE_ERROR, -1L);
        }
        startMoved();
        return new DeleteAnswer(ErrorCode.NONE, leader.logStart());
    }

    /** The log has a new start, by this host or by retention. */
    void startMoved() {
        step(new Input.StartMoved<>(log.startOffset()));
    }

    @Override
    public ProducersAnswer producers() {
        if (leader.refusal() != ErrorCode.NONE) {
            return new ProducersAnswer(leader.refusal(), List.of());
        }
        return new ProducersAnswer(
                ErrorCode.NONE,
                log.producerStates().entries().stream().map(ProducerView::of).toList());
    }

    @Override
    public PartitionStatus status() {
        return new PartitionStatus(
                leader.leaderEpoch(),
                leader.logStart(),
                leader.highWatermark(),
                leader.lastStableOffset(),
                leader.logEnd(),
                log.sizeInBytes(),
                log.directoryId());
    }
}
