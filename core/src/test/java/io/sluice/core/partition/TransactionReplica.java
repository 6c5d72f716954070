package io.sluice.core.partition;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.model.AbortedTransaction;
import io.sluice.core.model.BatchHeader;
import io.sluice.core.model.TransactionMarker;
import io.sluice.core.partition.TransactionWorld.Message;
import io.sluice.core.partition.TransactionWorld.Sent;
import io.sluice.core.partition.TransactionWorld.Transaction;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** One partition of a {@link TransactionWorld}: its leader over a log that a crash may cut. */
final class TransactionReplica implements LeaderOutbox<Integer> {

    private final Random random;
    private final BiConsumer<Integer, AppendOutcome> replies;
    private final RecordingOutbox outbox = new RecordingOutbox();
    private final ReplicaPolicy policy;
    private final Map<Integer, Sent> sentBy = new HashMap<>();
    private final Map<Integer, Message.Marker> endedBy = new HashMap<>();

    /** Who wrote each batch of the log. */
    private final List<Integer> writers = new ArrayList<>();

    private PartitionLeader<Integer> leader;
    private int life;
    private int epoch = 1;
    private long durable;
    private long lastStable;

    /** What an earlier life had committed is known again. */
    private boolean committedHere = true;

    TransactionReplica(Random random, BiConsumer<Integer, AppendOutcome> replies) {
        this.random = random;
        this.replies = replies;
        this.policy = new ReplicaPolicy(random.nextInt(3) > 0, Long.MAX_VALUE, 1);
        this.leader = new PartitionLeader<>(outbox.producers, policy, 0L, 0L, 0L, 0L);
        step(new LeaderInput.BecomeLeader<>(epoch));
    }

    PartitionLeader<Integer> leader() {
        return leader;
    }

    /** Which life of its process this is: what asked an earlier one is answered no more. */
    int life() {
        return life;
    }

    void step(LeaderInput<Integer> input) {
        leader.step(input, 0L, this);
        assertThat(leader.lastStableOffset()).isGreaterThanOrEqualTo(lastStable);
        lastStable = leader.lastStableOffset();
        committedHere |= leader.readableEndKnown();
        assertThat(lastStable).isLessThanOrEqualTo(leader.highWatermark());
    }

    void append(int ticket, Sent sent, long guard) {
        sentBy.put(ticket, sent);
        step(
                new LeaderInput.Append<>(
                        ticket,
                        List.of(sent.batch),
                        BatchHeader.NO_LEADER_EPOCH,
                        (short) -1,
                        Long.MAX_VALUE,
                        guard));
    }

    void end(int ticket, Message.Marker message) {
        endedBy.put(ticket, message);
        outbox.markers.put(ticket, message.marker());
        BatchHeader header =
                Headers.header(
                        message.marker().producerId(),
                        message.marker().producerEpoch(),
                        BatchHeader.NO_SEQUENCE,
                        1,
                        7L,
                        TransactionWorld.CONTROL);
        step(new LeaderInput.End<>(ticket, message.marker(), header, Long.MAX_VALUE));
    }

    void flush(boolean all) {
        if (durable < leader.logEnd()) {
            long more = leader.logEnd() - durable;
            durable += all ? more : 1 + random.nextInt((int) more);
            step(new LeaderInput.Flushed<>(durable));
        }
    }

    void newEpoch() {
        step(new LeaderInput.BecomeLeader<>(++epoch));
    }

    /** The process dies and comes back; what was not durable may be gone. */
    void restart() {
        life++;
        long highWatermark = random.nextLong(leader.highWatermark() + 1);
        if (policy.flushBeforeAck()) {
            lose();
        }
        leader =
                new PartitionLeader<>(
                        outbox.producers, policy, 0L, outbox.end(), durable, highWatermark);
        lastStable = 0; // as a client of a new session sees it
        committedHere = false;
        step(new LeaderInput.BecomeLeader<>(++epoch));
    }

    private void lose() {
        while (!outbox.log.isEmpty()
                && outbox.log.getLast().lastOffset() >= durable
                && random.nextBoolean()) {
            outbox.log.removeLast();
            writers.removeLast();
        }
        List<BatchHeader> kept = List.copyOf(outbox.log);
        List<Integer> keptWriters = List.copyOf(writers);
        outbox.log.clear();
        writers.clear();
        outbox.aborted.clear();
        outbox.producers.clear();
        for (int i = 0; i < kept.size(); i++) {
            append(keptWriters.get(i), List.of(kept.get(i)));
        }
        durable = Math.min(durable, outbox.end());
    }

    /**
     * What a reader of what is committed sees now is committed, and all of that; and so are the
     * ends it relies on.
     */
    void checkView() {
        Map<Long, Long> ends = new HashMap<>();
        for (int i = outbox.log.size() - 1; i >= 0; i--) {
            BatchHeader batch = outbox.log.get(i);
            if (batch.isControl()) {
                ends.put(batch.producerId(), batch.baseOffset());
            } else if (batch.baseOffset() < lastStable) {
                Boolean committed = sent(i).transaction.committed;
                assertThat(committed).as("decided: " + batch).isNotNull();
                assertThat(isHidden(batch)).as("hidden: " + batch).isNotEqualTo(committed);
                if (committedHere) {
                    assertThat(ends.get(batch.producerId()))
                            .as("the end is committed: " + batch)
                            .isLessThan(leader.highWatermark());
                }
            }
        }
    }

    /** Whether a marker is older than what its coordinator's successor wrote here. */
    boolean fences(TransactionMarker marker) {
        for (ProducerStates.Entry entry : outbox.producers.entries()) {
            if (entry.producerId() == marker.producerId()) {
                return marker.coordinatorEpoch() < entry.coordinatorEpoch();
            }
        }
        return false;
    }

    /** Which leadership this is. */
    int epoch() {
        return epoch;
    }

    private boolean isHidden(BatchHeader batch) {
        for (AbortedTransaction one : outbox.aborted) {
            if (one.producerId() == batch.producerId()
                    && one.firstOffset() <= batch.baseOffset()
                    && one.lastOffset() > batch.baseOffset()) {
                return true;
            }
        }
        return false;
    }

    private Sent sent(int index) {
        return Objects.requireNonNull(sentBy.get(writers.get(index)));
    }

    /** In the end: every batch was stored once, and ended by the marker of its own transaction. */
    void judge() {
        Map<Long, List<Transaction>> open = new HashMap<>();
        Set<Sent> seen = new HashSet<>();
        Map<Long, BatchHeader> before = new HashMap<>();
        for (int i = 0; i < outbox.log.size(); i++) {
            BatchHeader batch = outbox.log.get(i);
            List<Transaction> ofProducer =
                    open.computeIfAbsent(batch.producerId(), id -> new ArrayList<>());
            if (!batch.isControl()) {
                assertThat(seen.add(sent(i))).as("stored twice: " + batch).isTrue();
                ofProducer.add(sent(i).transaction);
                checkSequence(sent(i), batch, before.put(batch.producerId(), batch));
                continue;
            }
            Message.Marker end = Objects.requireNonNull(endedBy.get(writers.get(i)));
            for (Transaction one : ofProducer) {
                assertThat(one).as("ended by another's marker").isSameAs(end.transaction());
            }
            ofProducer.clear();
        }
        assertThat(open.values()).as("hanging").allMatch(List::isEmpty);
        assertThat(leader.lastStableOffset()).isEqualTo(leader.logEnd());
        assertThat(leader.waitingAppends()).isZero();
        seen.forEach(one -> one.found = true);
        checkView();
    }

    /** Without a gap; a client of version 1 may begin anywhere, its state may have expired. */
    private static void checkSequence(Sent sent, BatchHeader batch, @Nullable BatchHeader before) {
        if (before != null && before.producerEpoch() == batch.producerEpoch()) {
            assertThat(batch.baseSequence()).isEqualTo(before.lastSequence() + 1);
        } else if (sent.v2) {
            assertThat(batch.baseSequence()).isZero();
        }
    }

    @Override
    public boolean append(Integer ticket, List<BatchHeader> assigned) {
        assigned.forEach(batch -> writers.add(ticket));
        return outbox.append(ticket, assigned);
    }

    @Override
    public void flush() {
        outbox.flush();
    }

    @Override
    public void reply(Integer ticket, AppendOutcome outcome) {
        replies.accept(ticket, outcome);
    }

    @Override
    public void wake(FetchWaitlist.Waiter waiter) {
        waiter.wake();
    }

    @Override
    public void proposeIsr(ReplicaSet.Proposal proposal) {
        outbox.proposeIsr(proposal);
    }
}
