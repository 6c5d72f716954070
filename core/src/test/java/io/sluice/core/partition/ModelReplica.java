package io.sluice.core.partition;

import io.sluice.core.model.BatchHeader;
import io.sluice.core.model.ControlRecord;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TransactionMarker;
import io.sluice.core.partition.PartitionFollower.Answer;
import io.sluice.core.partition.PartitionFollower.Question;
import io.sluice.core.partition.ReplicationWorld.Bug;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * One broker's replica in a {@link ReplicationWorld}: both machines over a log of headers that a
 * crash may cut. A batch's CRC is its identity.
 */
final class ModelReplica
        implements LeaderOutbox<Integer>, PartitionFollower.Outbox, PartitionFollower.Epochs {

    /** Longer ago than any lease. */
    private static final long NEVER = Long.MIN_VALUE / 2;

    final int id;
    final ReplicationWorld world;
    final List<BatchHeader> log = new ArrayList<>();
    final TreeMap<Integer, Long> epochs = new TreeMap<>();
    final ProducerStates producers = new ProducerStates();

    /** Appends that wait here, and what was appended for them. */
    final Map<Integer, BatchHeader> asked = new HashMap<>();

    long start;
    long end;
    long durable;
    boolean flushWanted;
    long cutTo = -1L;
    boolean restarting;
    boolean alive = true;
    long brokerEpoch;

    /** The newest image it has applied, by its place in the controller's list. */
    int applied = -1;

    /** The image that told last of its disk being wiped. */
    int wipedAt = -1;

    @Nullable PartitionLeader<Integer> leader;
    @Nullable PartitionFollower follower;
    Runnable roleWhenCut = () -> {};
    long highWatermark;

    /** As a broker has it, whatever the controller thinks. */
    final Lease lease = Lease.of(ReplicationWorld.LEASE_MS);

    /** When each replica followed for certain, in the epoch that this one leads, or it began. */
    final long[] followedMsOf = new long[ReplicationWorld.REPLICAS];

    /** The time of the newest answer that this one heard of each leader. */
    final long[] heardMs = new long[ReplicationWorld.REPLICAS];

    ModelReplica(int id, ReplicationWorld world) {
        this.id = id;
        this.world = world;
    }

    boolean isLeading() {
        return leader != null && leader.refusal() == ErrorCode.NONE;
    }

    void lead(int epoch, ReplicaSet set) {
        if (cutTo >= 0) {
            roleWhenCut = () -> lead(epoch, set);
            return;
        }
        if (leader == null) {
            long stable = follower == null ? 0L : follower.lastStableOffset();
            leader =
                    new PartitionLeader<>(
                            producers,
                            world.policy,
                            start,
                            end,
                            durable,
                            highWatermark,
                            stable,
                            lease,
                            world.isr());
            follower = null;
        }
        if (epoch > leader.leaderEpoch()) {
            epochs.tailMap(epoch).clear();
            epochs.put(epoch, end);
            world.checkNewLeader(this, epoch);
            Arrays.fill(followedMsOf, lease.isOver(world.nowMs) ? NEVER : world.nowMs);
        }
        step(new LeaderInput.BecomeLeader<>(epoch, set));
    }

    void follow(int leaderId, int epoch) {
        if (cutTo >= 0) {
            roleWhenCut = () -> follow(leaderId, epoch);
            return;
        }
        if (follower == null) {
            long stable = leader == null ? 0L : leader.lastStableOffset();
            if (leader != null) {
                step(new LeaderInput.Resign<>(ErrorCode.NOT_LEADER_OR_FOLLOWER));
                leader = null;
            }
            epochs.values().removeIf(from -> from >= end);
            if (world.bug == Bug.TRUNCATE_BY_HIGH_WATERMARK) {
                cut(highWatermark);
            }
            follower =
                    new PartitionFollower(
                            producers,
                            this,
                            world.policy,
                            start,
                            end,
                            durable,
                            highWatermark,
                            stable);
        }
        step(new PartitionFollower.Input.BecomeFollower(leaderId, epoch));
    }

    void idle() {
        if (leader != null) {
            step(new LeaderInput.Resign<>(ErrorCode.NOT_LEADER_OR_FOLLOWER));
        } else if (follower != null) {
            step(new PartitionFollower.Input.Resign(ErrorCode.NOT_LEADER_OR_FOLLOWER));
        }
    }

    void step(LeaderInput<Integer> input) {
        PartitionLeader<Integer> machine = leader;
        if (machine != null) {
            machine.step(input, world.nowMs, this);
            highWatermark = machine.highWatermark();
            world.committed(this, machine.highWatermark());
        }
    }

    void step(PartitionFollower.Input input) {
        PartitionFollower machine = follower;
        if (machine != null) {
            machine.step(input, this);
            highWatermark = machine.highWatermark();
            world.committed(this, machine.highWatermark());
        }
    }

    /** As a host serves a follower: what matches is counted, then read for. */
    Answer serve(int replica, long itsBrokerEpoch, Question question, long followedMs) {
        PartitionLeader<Integer> machine = leader;
        if (machine == null) {
            return error(question, ErrorCode.NOT_LEADER_OR_FOLLOWER);
        }
        int epoch =
                world.bug == Bug.IGNORE_EPOCH_FENCE
                        ? machine.leaderEpoch()
                        : question.leaderEpoch();
        ErrorCode wrong = machine.checkEpoch(epoch);
        if (wrong != ErrorCode.NONE) {
            return error(question, wrong);
        }
        if (!machine.followedBy(replica, itsBrokerEpoch)) {
            return error(question, ErrorCode.NOT_LEADER_OR_FOLLOWER);
        }
        boolean blind =
                world.bug == Bug.TRUNCATE_BY_HIGH_WATERMARK || world.bug == Bug.IGNORE_EPOCH_FENCE;
        if (question.lastEpoch() >= 0 && question.fetchOffset() >= start && !blind) {
            int common = epochUpTo(question.lastEpoch());
            long commonEnd = endOf(question.lastEpoch());
            if (common < question.lastEpoch() || commonEnd < question.fetchOffset()) {
                return answer(question, common, commonEnd, List.of());
            }
        }
        if (question.fetchOffset() < start || question.fetchOffset() > end) {
            return error(question, ErrorCode.OFFSET_OUT_OF_RANGE);
        }
        int most = 1 + world.random.nextInt(4);
        List<BatchHeader> found = new ArrayList<>();
        for (BatchHeader batch : log) {
            if (batch.nextOffset() > question.fetchOffset() && found.size() < most) {
                found.add(batch);
            }
        }
        if (!found.isEmpty()
                && question.lastEpoch() < 0
                && found.getFirst().baseOffset() < question.fetchOffset()) {
            // An empty log that begins inside a batch will begin before it.
            return answer(question, BatchHeader.NO_LEADER_EPOCH, -1L, found);
        }
        followedMsOf[replica] = Math.max(followedMsOf[replica], followedMs);
        long durableThere =
                world.bug == Bug.COUNT_LOG_END ? question.fetchOffset() : question.durableEnd();
        step(
                new LeaderInput.ReplicaFetched<>(
                        replica,
                        itsBrokerEpoch,
                        epoch,
                        question.fetchOffset(),
                        durableThere,
                        followedMs));
        return answer(question, BatchHeader.NO_LEADER_EPOCH, -1L, found);
    }

    private Answer error(Question question, ErrorCode error) {
        return new Answer(question, error, -1L, start, BatchHeader.NO_LEADER_EPOCH, -1L, List.of());
    }

    private Answer answer(Question question, int epoch, long epochEnd, List<BatchHeader> batches) {
        return new Answer(question, ErrorCode.NONE, highWatermark, start, epoch, epochEnd, batches);
    }

    /** Some of what is not durable becomes so. */
    void flushSome() {
        if (!flushWanted || cutTo >= 0) {
            return;
        }
        durable += 1 + world.random.nextLong(Math.max(1, end - durable));
        durable = Math.min(durable, end);
        flushWanted = durable < end;
        flushed();
    }

    private void flushed() {
        step(new LeaderInput.Flushed<>(durable));
        step(new PartitionFollower.Input.Flushed(durable));
    }

    /** The cut that was asked for happens. */
    void finishCut() {
        if (cutTo < 0) {
            return;
        }
        if (restarting) {
            log.clear();
            epochs.clear();
            start = cutTo;
            end = cutTo;
            durable = cutTo;
            rebuild();
        } else {
            long to = cutTo;
            world.check(
                    to >= highWatermark,
                    () -> "I-9: " + id + " cuts at " + to + " what is committed\n" + world);
            cut(cutTo);
        }
        cutTo = -1L;
        restarting = false;
        step(new PartitionFollower.Input.Cut(start, end, durable));
        Runnable role = roleWhenCut;
        roleWhenCut = () -> {};
        role.run();
    }

    private void cut(long offset) {
        log.removeIf(batch -> batch.nextOffset() > offset);
        end = log.isEmpty() ? Math.min(end, Math.max(start, offset)) : log.getLast().nextOffset();
        epochs.values().removeIf(from -> from >= end);
        durable = Math.min(durable, end);
        highWatermark = Math.min(highWatermark, end);
        rebuild();
    }

    private void rebuild() {
        producers.clear();
        log.forEach(this::account);
    }

    private void account(BatchHeader batch) {
        TransactionMarker marker = world.markers.get(batch.crc());
        if (marker == null) {
            producers.append(batch);
        } else {
            producers.end(
                    batch,
                    new ControlRecord(
                            marker.commit() ? ControlRecord.Kind.COMMIT : ControlRecord.Kind.ABORT,
                            marker.coordinatorEpoch()));
        }
    }

    void crash() {
        alive = false;
        Arrays.fill(heardMs, NEVER);
        leader = null;
        follower = null;
        asked.clear();
        roleWhenCut = () -> {};
        if (cutTo >= 0 && world.random.nextBoolean()) {
            finishCut();
        }
        cutTo = -1L;
        restarting = false;
        long kept = durable + world.random.nextLong(end - durable + 1);
        log.removeIf(batch -> batch.baseOffset() >= durable && batch.nextOffset() > kept);
        end = log.isEmpty() ? start : Math.max(start, log.getLast().nextOffset());
        epochs.clear();
        for (BatchHeader batch : log) {
            epochs.putIfAbsent(batch.leaderEpoch(), batch.baseOffset());
        }
        durable = end;
        flushWanted = false;
        highWatermark = Math.max(start, highWatermark);
        highWatermark = start + world.random.nextLong(Math.min(highWatermark, end) - start + 1);
        rebuild();
    }

    void wipe() {
        log.clear();
        epochs.clear();
        start = 0;
        end = 0;
        durable = 0;
        highWatermark = 0;
        producers.clear();
    }

    void deleteRecords() {
        PartitionLeader<Integer> machine = leader;
        if (machine != null && isLeading() && machine.highWatermark() > start) {
            startAt(start + 1 + world.random.nextLong(machine.highWatermark() - start));
            step(new LeaderInput.StartMoved<>(start));
        }
    }

    private void startAt(long offset) {
        start = Math.max(start, offset);
        log.removeIf(batch -> batch.nextOffset() <= start);
        durable = Math.max(durable, start);
    }

    @Override
    public int epochAt(long offset) {
        for (Map.Entry<Integer, Long> epoch : epochs.descendingMap().entrySet()) {
            if (epoch.getValue() <= offset) {
                return epoch.getKey();
            }
        }
        return BatchHeader.NO_LEADER_EPOCH;
    }

    @Override
    public int epochUpTo(int epoch) {
        Integer found = epochs.floorKey(epoch);
        return found == null ? epoch : found;
    }

    @Override
    public long endOf(int epoch) {
        Map.Entry<Integer, Long> next = epochs.higherEntry(epoch);
        return next == null ? end : next.getValue();
    }

    @Override
    public boolean append(Integer ticket, List<BatchHeader> assigned) {
        asked.put(ticket, assigned.getFirst());
        return append(assigned, 0, assigned.size());
    }

    @Override
    public boolean append(List<BatchHeader> batches, int from, int to) {
        for (BatchHeader batch : batches.subList(from, to)) {
            world.check(batch.baseOffset() >= end, () -> batch + " below the end, " + end);
            epochs.putIfAbsent(batch.leaderEpoch(), batch.baseOffset());
            log.add(batch);
            account(batch);
            end = batch.nextOffset();
        }
        return true;
    }

    @Override
    public void flush() {
        flushWanted = true;
    }

    @Override
    public void reply(Integer ticket, AppendOutcome outcome) {
        BatchHeader batch = asked.remove(ticket);
        if (batch != null && outcome.error() == ErrorCode.NONE && world.acksAll(ticket)) {
            world.acknowledged(this, batch);
        } else if (batch != null && outcome.error() == ErrorCode.NONE) {
            world.taken(this, batch);
        }
    }

    @Override
    public void proposeIsr(ReplicaSet.Proposal proposal) {
        world.send(new ReplicationWorld.Message.Propose(id, brokerEpoch, proposal));
    }

    @Override
    public void wake(FetchWaitlist.Waiter waiter) {
        waiter.wake();
    }

    @Override
    public void truncate(long offset) {
        cutTo = offset;
    }

    @Override
    public void restartAt(long offset) {
        cutTo = offset;
        restarting = true;
    }

    @Override
    public long advanceStart(long offset) {
        startAt(offset);
        return offset;
    }

    @Override
    public void ask() {
        fetch();
    }

    @Override
    public void askLater(ErrorCode why, String detail) {}

    @Override
    public void tellDurable() {
        fetch();
    }

    /** Sends the question of now. */
    void fetch() {
        Question question = follower == null ? null : follower.question();
        if (question != null) {
            world.send(
                    new ReplicationWorld.Message.Fetch(
                            id, brokerEpoch, question, heardMs[question.leader()]));
        }
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        text.append(alive ? "" : "dead ").append(isLeading() ? "leader " : "").append(id);
        text.append(epochs).append(" from ").append(start).append(" durable to ").append(durable);
        text.append(", high watermark ").append(highWatermark).append(':');
        for (BatchHeader batch : log) {
            text.append(' ').append(batch.baseOffset()).append('-').append(batch.lastOffset());
            text.append('@').append(batch.leaderEpoch()).append('#').append(batch.crc());
        }
        return text.toString();
    }
}
