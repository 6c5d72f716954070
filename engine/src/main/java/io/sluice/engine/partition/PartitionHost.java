package io.sluice.engine.partition;

import io.sluice.core.config.TopicConfig;
import io.sluice.core.model.AbortedTransaction;
import io.sluice.core.model.BatchHeader;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TopicPartition;
import io.sluice.core.model.TransactionMarker;
import io.sluice.core.model.Uuid;
import io.sluice.core.partition.FetchWaitlist;
import io.sluice.core.partition.PartitionLeader;
import io.sluice.core.partition.PartitionLeader.Admission;
import io.sluice.core.partition.PartitionLeader.Input;
import io.sluice.core.partition.ReplicaSet;
import io.sluice.core.record.ControlBatch;
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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs the machine of one partition over its log, on one event loop. Inputs go through {@link
 * #step} one after the other: one that arrives inside another, as from a flush that ends at once,
 * waits its turn. Whoever is told of an effect (a reply, a wake) is told when the step is over, so
 * that it may come back with more work.
 */
final class PartitionHost implements Partition {

    private static final Logger LOG = LoggerFactory.getLogger(PartitionHost.class);

    private static final EpochEnd NO_EPOCH = new EpochEnd(BatchHeader.NO_LEADER_EPOCH, -1L);

    private final EventLoop loop;
    private final ReplicaLog log;
    private final int replicas;
    private final PartitionLeader<Ticket> leader;
    private final PartitionLeader.Outbox<Ticket> outbox = new Effects();
    private final OffsetLookup offsets;
    private volatile TopicConfig config;
    private final ArrayDeque<Input<Ticket>> inputs = new ArrayDeque<>(1);
    private final ArrayDeque<Runnable> untold = new ArrayDeque<>(1);
    private boolean stepping;
    private boolean telling;
    private boolean closed;
    private boolean flushing;
    private boolean flushPosted;
    private boolean flushWanted;
    private final FlushGathering gathering = new FlushGathering();
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

    PartitionHost(EventLoop loop, ReplicaLog log, TopicConfig config, int replicas) {
        this.loop = loop;
        this.log = log;
        this.config = config;
        this.replicas = replicas;
        this.leader =
                new PartitionLeader<>(
                        log.producerStates(),
                        policy(config, replicas),
                        log.startOffset(),
                        log.endOffset(),
                        log.durableEndOffset(),
                        log.recoveredHighWatermark());
        this.offsets = new OffsetLookup(leader, log);
        log.highWatermark(leader.highWatermark());
        log.lastStableOffset(leader.lastStableOffset());
    }

    /**
     * A minimum above the number of replicas could never be met, so it counts as all of them, as in
     * Kafka (KIP-966).
     */
    private static PartitionLeader.Policy policy(TopicConfig config, int replicas) {
        // A flush for every message is a promise about each of them, so it is kept before the
        // answer.
        boolean beforeAck =
                config.flush() == TopicConfig.FlushMode.COMMIT || config.flushMessages() == 1;
        return new PartitionLeader.Policy(
                beforeAck, config.flushMessages(), Math.min(config.minInsyncReplicas(), replicas));
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

    /** This replica leads, in that epoch; an epoch that is not newer changes nothing (I-7). */
    void becomeLeader(int epoch) {
        if (closed || epoch < leader.leaderEpoch()) {
            return;
        }
        if (epoch > leader.leaderEpoch()) {
            try {
                log.startEpoch(epoch);
            } catch (IOException e) {
                step(new Input.DiskFailed<>());
                return;
            }
        }
        step(new Input.BecomeLeader<>(epoch));
    }

    void resign(ErrorCode reason) {
        step(new Input.Resign<>(reason));
    }

    /** Resigns for good and touches the log no more: it is deleted, or the broker goes down. */
    void close(ErrorCode reason) {
        closed = true;
        step(new Input.Resign<>(reason));
        if (deadline != null) {
            deadline.cancel();
            deadline = null;
        }
    }

    /** A directory stopped serving; it may be this log's. */
    void directoryFailed(Uuid directory) {
        if (log.directoryId().equals(directory)) {
            diskFailed();
        }
    }

    /** NONE while it leads and serves; else why not. */
    ErrorCode refusal() {
        return leader.refusal();
    }

    private void diskFailed() {
        step(new Input.DiskFailed<>());
    }

    void reconfigure(TopicConfig changed) {
        if (closed) {
            return;
        }
        config = changed;
        log.reconfigure(changed);
        step(new Input.Reconfigured<>(policy(changed, replicas)));
    }

    /** Forgets producers whose newest record is older (producer.id.expiration.ms). */
    void expireProducers(long beforeMs) {
        if (!closed) {
            log.producerStates().expireBefore(beforeMs);
        }
    }

    private void step(Input<Ticket> input) {
        if (stepping) {
            inputs.add(input);
            return;
        }
        stepping = true;
        try {
            long highWatermark = leader.highWatermark();
            long lastStable = leader.lastStableOffset();
            leader.step(input, nowMs(), outbox);
            for (Input<Ticket> next = inputs.poll(); next != null; next = inputs.poll()) {
                leader.step(next, nowMs(), outbox);
            }
            if (leader.highWatermark() != highWatermark && !closed) {
                log.highWatermark(leader.highWatermark());
            }
            if (leader.lastStableOffset() != lastStable && !closed) {
                log.lastStableOffset(leader.lastStableOffset());
            }
        } finally {
            stepping = false;
        }
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
            long guard,
            AppendReply reply) {
        if (stepping || batches.isEmpty()) {
            throw new IllegalStateException(
                    stepping ? "an append inside a step" : "an append without a batch");
        }
        Ticket ticket = new Ticket(reply, records);
        step(
                new Input.Append<>(
                        ticket,
                        batches,
                        BatchHeader.NO_LEADER_EPOCH,
                        acks,
                        nowMs() + Math.max(0, timeoutMs),
                        guard));
    }

    @Override
    public Admission beginTransaction(BatchHeader batch, boolean epochPerTransaction) {
        return leader.beginTransaction(batch, epochPerTransaction);
    }

    @Override
    public void writeMarker(TransactionMarker marker, int timeoutMs, Consumer<ErrorCode> reply) {
        ByteBuffer records = ControlBatch.of(marker, loop.clock().wallMs(), config.logAppendTime());
        step(
                new Input.End<>(
                        new Ticket(result -> reply.accept(result.error()), records),
                        marker,
                        BatchHeader.read(records, 0),
                        nowMs() + Math.max(0, timeoutMs)));
    }

    /** Executes what the machine decided. */
    private final class Effects implements PartitionLeader.Outbox<Ticket> {

        @Override
        public boolean append(Ticket ticket, List<BatchHeader> assigned) {
            ByteBuffer records = ticket.records;
            if (records == null) {
                throw new IllegalStateException("append without its bytes");
            }
            ticket.records = null;
            int at = records.position();
            for (BatchHeader batch : assigned) {
                BatchHeader.assign(records, at, batch.baseOffset(), batch.leaderEpoch());
                at += batch.sizeInBytes();
            }
            try {
                log.append(records, assigned, loop.clock().wallMs());
                return true;
            } catch (IOException e) {
                return false;
            }
        }

        @Override
        public void flush() {
            requestFlush();
        }

        @Override
        public void reply(Ticket ticket, PartitionLeader.Outcome outcome) {
            ticket.records = null;
            AppendResult result =
                    new AppendResult(
                            outcome.error(),
                            outcome.detail(),
                            outcome.baseOffset(),
                            outcome.appendTimeMs(),
                            leader.logStart());
            untold.add(() -> ticket.reply.appended(result));
        }

        @Override
        public void proposeIsr(ReplicaSet.Proposal proposal) {
            throw new IllegalStateException("no followers, and yet " + proposal);
        }

        @Override
        public void wake(FetchWaitlist.Waiter waiter) {
            untold.add(waiter::wake);
        }
    }

    /**
     * Asks for a flush at the end of the loop's turn, so that all that this turn appends shares it.
     * At most one is under way; one more serves all that gathered meanwhile.
     */
    private void requestFlush() {
        flushWanted = true;
        if (!flushing && !flushPosted) {
            flushPosted = true;
            loop.post(this::startFlush);
        }
    }

    private void startFlush() {
        flushPosted = false;
        if (!flushWanted || flushing || closed) {
            return;
        }
        flushWanted = false;
        flushing = true;
        log.flush(
                gathering.begins(leader.waitingAppends()),
                new Completion<>() {
                    @Override
                    public void succeeded(Long durableEnd) {
                        flushing = false;
                        gathering.ended(leader.waitingAppends());
                        step(new Input.Flushed<>(durableEnd));
                        if (flushWanted && !closed && durableEnd < leader.logEnd()) {
                            requestFlush();
                        }
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
            if (end.endOffset() < 0 || spec.fetchOffset() < leader.logStart()) {
                return answer(ErrorCode.OFFSET_OUT_OF_RANGE, LogRead.NOTHING, null);
            }
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
            LogRead read = log.read(spec.fetchOffset(), upTo, spec.maxBytes(), spec.atLeastOne());
            return spec.readCommitted() ? committed(spec, read, upTo) : answer(read, List.of());
        } catch (IOException e) {
            return answer(ErrorCode.KAFKA_STORAGE_ERROR, LogRead.NOTHING, null);
        }
    }

    /** With what its reader has to leave out. */
    private FetchResult committed(FetchSpec spec, LogRead read, long upTo) throws IOException {
        FileSlice slice = read.slice();
        if (slice == null) {
            return answer(read, List.of());
        }
        try {
            return answer(read, log.abortedIn(slice, spec.fetchOffset(), upTo));
        } catch (IOException e) {
            slice.release();
            throw e;
        }
    }

    private FetchResult answer(LogRead read, List<AbortedTransaction> aborted) {
        return new FetchResult(
                ErrorCode.NONE,
                leader.highWatermark(),
                leader.lastStableOffset(),
                leader.logStart(),
                read,
                aborted,
                null);
    }

    private FetchResult answer(ErrorCode error, LogRead read, @Nullable EpochEnd diverging) {
        if (error != ErrorCode.NONE) {
            return new FetchResult(error, -1L, -1L, -1L, read, List.of(), null);
        }
        return new FetchResult(
                error,
                leader.highWatermark(),
                leader.lastStableOffset(),
                leader.logStart(),
                read,
                List.of(),
                diverging);
    }

    private long readableEnd(boolean readCommitted) {
        return offsets.readableEnd(readCommitted);
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
                || !leader.readers(readCommitted).add(waiter)) {
            loop.post(waiter::wake);
        }
        return () -> leader.readers(readCommitted).cancel(waiter);
    }

    @Override
    public void warm(FileSlice slice, Consumer<Boolean> done) {
        log.warm(
                slice,
                new Completion<>() {
                    @Override
                    public void succeeded(FileSlice warmed) {
                        done.accept(true);
                    }

                    @Override
                    public void failed(IOException fault) {
                        LOG.error("{} is not served: {}", name(), fault.getMessage());
                        done.accept(false);
                    }
                });
    }

    @Override
    public void listOffset(
            OffsetQuery query, int currentLeaderEpoch, Consumer<OffsetAnswer> reply) {
        offsets.answer(query, currentLeaderEpoch, reply);
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
        if (!closed) {
            step(new Input.StartMoved<>(log.startOffset()));
        }
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
