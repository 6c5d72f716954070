package io.sluice.engine.partition;

import io.sluice.core.model.BatchHeader;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TransactionMarker;
import io.sluice.core.partition.Admission;
import io.sluice.core.partition.AppendOutcome;
import io.sluice.core.partition.FetchWaitlist;
import io.sluice.core.partition.LeaderInput;
import io.sluice.core.partition.LeaderOutbox;
import io.sluice.core.partition.PartitionLeader;
import io.sluice.core.partition.ReplicaPolicy;
import io.sluice.core.partition.ReplicaSet;
import io.sluice.engine.log.ReplicaLog;
import io.sluice.engine.loop.EventLoop;
import io.sluice.engine.partition.Partition.AppendReply;
import io.sluice.engine.partition.Partition.AppendResult;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Runs the leader's machine over its log; also that of a replica that has no role yet. */
final class LeaderRole extends MachineRole<LeaderInput<LeaderRole.Ticket>> {

    private final ReplicaLog log;
    private final EventLoop loop;
    private final PartitionLeader<Ticket> leader;
    private final LeaderOutbox<Ticket> outbox = new Effects();
    private EventLoop.@Nullable Timer deadline;
    private long deadlineMs = PartitionLeader.NO_DEADLINE;

    /** A waiting append: who is answered, and the bytes while they are not written. */
    static final class Ticket {
        private final AppendReply reply;
        private @Nullable ByteBuffer records;

        Ticket(AppendReply reply, ByteBuffer records) {
            this.reply = reply;
            this.records = records;
        }
    }

    LeaderRole(PartitionHost host, PartitionLeader<Ticket> leader) {
        super(host);
        this.log = host.log();
        this.loop = host.loop();
        this.leader = leader;
    }

    /** Of a log that was just opened. */
    static LeaderRole opened(PartitionHost host, ReplicaPolicy policy) {
        ReplicaLog log = host.log();
        return new LeaderRole(
                host,
                new PartitionLeader<>(
                        log.producerStates(),
                        policy,
                        log.startOffset(),
                        log.endOffset(),
                        log.durableEndOffset(),
                        log.recoveredHighWatermark(),
                        host.lease()));
    }

    /** Of a log that was a follower's. */
    static LeaderRole after(FollowerRole before, ReplicaPolicy policy) {
        ReplicaLog log = before.host.log();
        return new LeaderRole(
                before.host,
                new PartitionLeader<>(
                        log.producerStates(),
                        policy,
                        log.startOffset(),
                        log.endOffset(),
                        log.durableEndOffset(),
                        before.highWatermark(),
                        before.lastStableOffset(),
                        before.leaderEpoch(),
                        before.host.lease()));
    }

    @Override
    PartitionLeader<Ticket> machine() {
        return leader;
    }

    void lead(int epoch, ReplicaSet replicas) {
        if (epoch > leader.leaderEpoch()) {
            try {
                log.startEpoch(epoch);
            } catch (IOException e) {
                host.faultFound(e);
                diskFailed();
                return;
            }
        }
        step(new LeaderInput.BecomeLeader<>(epoch, replicas));
    }

    @Override
    void take(LeaderInput<Ticket> input) {
        leader.step(input, nowMs(), outbox);
    }

    @Override
    void stepped() {
        scheduleDeadline();
        host.inDoubt(leader.isInDoubt(), leader.doubtMs());
    }

    /** Its broker's lease is over, or begins again. */
    void leaseChanged() {
        step(new LeaderInput.Tick<>());
    }

    private long nowMs() {
        return loop.clock().monotonicMs();
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
                            step(new LeaderInput.Tick<>());
                        });
    }

    void append(
            ByteBuffer records,
            List<BatchHeader> batches,
            short acks,
            int timeoutMs,
            long guard,
            AppendReply reply) {
        if (isStepping() || batches.isEmpty()) {
            throw new IllegalStateException(
                    isStepping() ? "an append inside a step" : "an append without a batch");
        }
        step(
                new LeaderInput.Append<>(
                        new Ticket(reply, records),
                        batches,
                        BatchHeader.NO_LEADER_EPOCH,
                        acks,
                        nowMs() + Math.max(0, timeoutMs),
                        guard));
    }

    void confirm(int timeoutMs, AppendReply reply) {
        step(
                new LeaderInput.Confirm<>(
                        new Ticket(reply, ByteBuffer.allocate(0)),
                        nowMs() + Math.max(0, timeoutMs)));
    }

    Admission beginTransaction(BatchHeader batch, boolean epochPerTransaction) {
        return leader.beginTransaction(batch, epochPerTransaction);
    }

    void writeMarker(
            TransactionMarker marker, ByteBuffer records, int timeoutMs, AppendReply reply) {
        step(
                new LeaderInput.End<>(
                        new Ticket(reply, records),
                        marker,
                        BatchHeader.read(records, 0),
                        nowMs() + Math.max(0, timeoutMs)));
    }

    /** Executes what the machine decided. */
    private final class Effects implements LeaderOutbox<Ticket> {

        @Override
        public boolean append(Ticket ticket, List<BatchHeader> assigned) {
            ByteBuffer records = ticket.records;
            if (records == null) {
                throw new IllegalStateException("append without its bytes");
            }
            ticket.records = null;
            int bytes = 0;
            for (BatchHeader batch : assigned) {
                bytes += batch.sizeInBytes();
            }
            int at = records.limit() - bytes; // those before it are stored already
            records.position(at);
            for (BatchHeader batch : assigned) {
                BatchHeader.assign(records, at, batch.baseOffset(), batch.leaderEpoch());
                at += batch.sizeInBytes();
            }
            try {
                log.append(records, assigned, loop.clock().wallMs());
                host.appended(
                        assigned.getLast().lastOffset() - assigned.getFirst().baseOffset() + 1,
                        bytes);
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
        public void reply(Ticket ticket, AppendOutcome outcome) {
            ticket.records = null;
            AppendResult result =
                    new AppendResult(
                            outcome.error(),
                            outcome.detail(),
                            outcome.baseOffset(),
                            outcome.appendTimeMs(),
                            leader.logStart());
            host.tell(() -> ticket.reply.appended(result));
        }

        @Override
        public void wake(FetchWaitlist.Waiter waiter) {
            host.tell(waiter::wake);
        }

        @Override
        public void proposeIsr(ReplicaSet.Proposal proposal) {
            host.proposeIsr(proposal);
        }
    }

    @Override
    int waitingAppends() {
        return leader.waitingAppends();
    }

    @Override
    void flushed(long durableEnd) {
        step(new LeaderInput.Flushed<>(durableEnd));
    }

    @Override
    void diskFailed() {
        step(new LeaderInput.DiskFailed<>());
    }

    @Override
    void startMoved(long logStart) {
        step(new LeaderInput.StartMoved<>(logStart));
    }

    @Override
    void reconfigured(ReplicaPolicy policy) {
        step(new LeaderInput.Reconfigured<>(policy));
    }

    @Override
    void resign(ErrorCode reason) {
        step(new LeaderInput.Resign<>(reason));
    }

    @Override
    void end() {
        if (deadline != null) {
            deadline.cancel();
            deadline = null;
        }
    }
}
