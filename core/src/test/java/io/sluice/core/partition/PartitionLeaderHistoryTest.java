package io.sluice.core.partition;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.model.BatchHeader;
import io.sluice.core.model.ErrorCode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Random histories of one leader against a model: what each producer has stored, in order, and how
 * far the disk has it. Checks I-1, I-9 and I-14 after every input.
 */
class PartitionLeaderHistoryTest {

    private static final int SEEDS = 3_000;
    private static final int STEPS = 120;

    @Test
    void everyHistoryKeepsTheInvariants() {
        for (long seed = 0; seed < SEEDS; seed++) {
            History history = new History(seed);
            try {
                history.run();
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("seed " + seed + ", step " + history.step, e);
            }
        }
    }

    @Test
    void theSameSeedGivesTheSameHistory() {
        History first = new History(42);
        History second = new History(42);
        first.run();
        second.run();
        assertThat(first.outbox.log).isEqualTo(second.outbox.log);
        assertThat(first.outbox.replies).isEqualTo(second.outbox.replies);
    }

    /** An append as the client sent it. */
    private record Sent(BatchHeader batch, int acks, long deadlineMs) {}

    private static final class History {
        private final Random random;
        private final RecordingOutbox outbox = new RecordingOutbox();
        private final boolean commit;
        private final PartitionLeader<Integer> leader;
        private final Map<Integer, Sent> sent = new HashMap<>();
        private final Map<Long, List<BatchHeader>> storedByProducer = new HashMap<>();
        private long nowMs;
        private long durable;
        private long lastHighWatermark;
        private int epoch = 1;
        private int ticket;
        private boolean failed;
        private int step;

        History(long seed) {
            random = new Random(seed);
            commit = random.nextInt(4) > 0;
            leader =
                    new PartitionLeader<>(
                            outbox.producers,
                            new ReplicaPolicy(commit, 1 + random.nextInt(50), 1),
                            0L,
                            0L,
                            0L,
                            0L);
            leader.step(new LeaderInput.BecomeLeader<>(epoch), nowMs, outbox);
        }

        void run() {
            for (step = 0; step < STEPS; step++) {
                one();
                check();
            }
            finish();
        }

        private void one() {
            nowMs += random.nextInt(5);
            int kind = random.nextInt(100);
            if (kind < 60) {
                append();
            } else if (kind < 85) {
                flush();
            } else if (kind < 93) {
                leader.step(new LeaderInput.Tick<>(), nowMs, outbox);
            } else if (kind < 96) {
                epoch += random.nextInt(3) - 1;
                leader.step(new LeaderInput.BecomeLeader<>(epoch), nowMs, outbox);
            } else if (kind < 98) {
                leader.step(
                        new LeaderInput.Resign<>(ErrorCode.NOT_LEADER_OR_FOLLOWER), nowMs, outbox);
                epoch = Math.max(epoch, leader.leaderEpoch()) + 1;
                leader.step(new LeaderInput.BecomeLeader<>(epoch), nowMs, outbox);
            } else if (kind == 98 && random.nextInt(4) == 0) {
                outbox.failAppends = true;
            }
        }

        private void flush() {
            if (!failed && durable < leader.logEnd()) {
                durable += 1 + random.nextInt((int) (leader.logEnd() - durable));
                leader.step(new LeaderInput.Flushed<>(durable), nowMs, outbox);
            }
        }

        private void append() {
            long producer = random.nextInt(4);
            List<BatchHeader> stored =
                    storedByProducer.computeIfAbsent(producer, id -> new ArrayList<>());
            BatchHeader batch = batch(producer, stored);
            int mine = ticket++;
            int acks = random.nextInt(3) - 1;
            long deadlineMs = nowMs + 1 + random.nextInt(40);
            sent.put(mine, new Sent(batch, acks, deadlineMs));
            int before = outbox.log.size();
            leader.step(
                    new LeaderInput.Append<>(
                            mine,
                            List.of(batch),
                            BatchHeader.NO_LEADER_EPOCH,
                            (short) acks,
                            deadlineMs,
                            PartitionLeader.NO_GUARD),
                    nowMs,
                    outbox);
            judge(mine, batch, stored, before);
        }

        /** The next batch, a repeated one, one behind a gap, or one without an identity. */
        private BatchHeader batch(long producer, List<BatchHeader> stored) {
            int kind = random.nextInt(10);
            int records = 1 + random.nextInt(4);
            if (producer == 0) {
                return Headers.plain(records);
            }
            int next = stored.isEmpty() ? 0 : (stored.getLast().lastSequence() + 1);
            if (kind < 3 && !stored.isEmpty()) {
                int back = 1 + random.nextInt(Math.min(ProducerStates.WINDOW, stored.size()));
                BatchHeader old = stored.get(stored.size() - back);
                return Headers.idempotent(producer, 0, old.baseSequence(), old.recordCount());
            }
            if (kind == 3 && !stored.isEmpty()) {
                return Headers.idempotent(producer, 0, next + 1 + random.nextInt(3), records);
            }
            return Headers.idempotent(producer, 0, next, records);
        }

        /** What the model expects of the append just made. */
        private void judge(int mine, BatchHeader batch, List<BatchHeader> stored, int before) {
            AppendOutcome outcome = outbox.replies.get(mine);
            boolean grew = outbox.log.size() > before;
            if (failed || outbox.failAppends) {
                boolean known = outcome != null && outcome.error() == ErrorCode.NONE;
                assertThat(grew).isFalse();
                if (outcome != null && outcome.error() == ErrorCode.KAFKA_STORAGE_ERROR) {
                    failed = true;
                }
                assertThat(failed && known).isFalse();
                return;
            }
            BatchHeader repeated = find(batch, stored);
            int next = stored.isEmpty() ? 0 : stored.getLast().lastSequence() + 1;
            boolean gap = batch.hasProducer() && repeated == null && batch.baseSequence() != next;
            assertThat(grew).isEqualTo(repeated == null && !gap);
            if (gap) {
                assertThat(outbox.replyTo(mine).error())
                        .isEqualTo(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER);
            } else if (repeated != null && outcome != null) {
                assertThat(outcome.baseOffset()).isEqualTo(repeated.baseOffset());
            } else if (grew && batch.hasProducer()) {
                stored.add(outbox.log.getLast());
            }
        }

        private static @Nullable BatchHeader find(BatchHeader batch, List<BatchHeader> stored) {
            for (BatchHeader old : stored) {
                if (batch.hasProducer()
                        && old.baseSequence() == batch.baseSequence()
                        && old.lastSequence() == batch.lastSequence()) {
                    return old;
                }
            }
            return null;
        }

        private void check() {
            long highWatermark = leader.highWatermark();
            assertThat(highWatermark).isGreaterThanOrEqualTo(lastHighWatermark);
            lastHighWatermark = highWatermark;
            assertThat(highWatermark).isLessThanOrEqualTo(commit ? durable : outbox.end());
            assertThat(leader.logEnd()).isEqualTo(outbox.end());
            for (Map.Entry<Integer, Sent> entry : sent.entrySet()) {
                AppendOutcome outcome = outbox.replies.get(entry.getKey());
                Sent append = entry.getValue();
                if (outcome != null && outcome.error() == ErrorCode.NONE && append.acks == -1) {
                    long last = outcome.baseOffset() + append.batch.lastOffsetDelta();
                    assertThat(last).isLessThan(commit ? durable : outbox.end());
                }
            }
        }

        /** In the end everybody has an answer. */
        private void finish() {
            durable = leader.logEnd();
            leader.step(new LeaderInput.Flushed<>(durable), nowMs, outbox);
            check();
            assertThat(outbox.replies).hasSize(ticket);
            assertThat(leader.waitingAppends()).isZero();
        }
    }
}
