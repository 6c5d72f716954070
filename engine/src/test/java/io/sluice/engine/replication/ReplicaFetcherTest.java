package io.sluice.engine.replication;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TopicPartition;
import io.sluice.core.model.Uuid;
import io.sluice.core.partition.PartitionFollower.Question;
import io.sluice.core.partition.ProducerStates.Remembered;
import io.sluice.engine.loop.CallerDrivenLoop;
import io.sluice.engine.loop.CallerDrivenScheduler;
import io.sluice.engine.loop.Completion;
import io.sluice.engine.loop.EventLoop;
import io.sluice.engine.loop.ManualClock;
import io.sluice.engine.replication.AnswerClock.Stamp;
import io.sluice.engine.replication.ReplicaFetchRequest.PartitionFetch;
import io.sluice.engine.replication.ReplicaFetchResponse.PartitionRecords;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ReplicaFetcherTest {

    private static final Uuid TOPIC = new Uuid(1L, 2L);

    private final CallerDrivenScheduler scheduler =
            new CallerDrivenScheduler(new ManualClock(1_000L));
    private final CallerDrivenLoop loop = new CallerDrivenLoop(scheduler);
    private final List<Sent> sent = new ArrayList<>();
    private @Nullable Stamp stamp;
    private final List<Integer> hurried = new ArrayList<>();
    private final Replication replication =
            new Replication(
                    new Peers() {
                        @Override
                        public void fetch(
                                int broker,
                                ReplicaFetchRequest request,
                                EventLoop on,
                                Completion<ReplicaFetchResponse> done) {
                            sent.add(new Sent(broker, request, done));
                        }

                        @Override
                        public void producersBelow(
                                int broker,
                                ProducersBelow question,
                                EventLoop on,
                                Completion<List<Remembered>> done) {
                            throw new AssertionError("no follower here begins anew");
                        }

                        @Override
                        public void hurry(int broker, EventLoop asked) {
                            hurried.add(broker);
                        }
                    },
                    new Replication.Identity(1, () -> 77L),
                    500,
                    1_000,
                    100,
                    80,
                    30_000L);
    private final ReplicaFetchers fetchers = new ReplicaFetchers(replication, loop);

    private record Sent(
            int broker, ReplicaFetchRequest request, Completion<ReplicaFetchResponse> done) {

        List<Integer> partitions() {
            return request.partitions().stream().map(one -> one.name().partition()).toList();
        }
    }

    /** Asks from where it stands. */
    private static final class One implements Follower {
        private final int partition;
        private long offset;
        private long durable;
        private boolean silent;
        private final List<PartitionRecords> answers = new ArrayList<>();

        One(int partition) {
            this.partition = partition;
        }

        @Override
        public TopicPartition name() {
            return new TopicPartition("t", partition);
        }

        @Override
        public Uuid topicId() {
            return TOPIC;
        }

        @Override
        public @Nullable Question question() {
            return silent ? null : new Question(2, 5, offset, 4, durable, 0L);
        }

        @Override
        public void answered(Question asked, PartitionRecords answer) {
            answers.add(answer);
            offset += answer.records().remaining();
        }
    }

    private One follow(int partition) {
        One one = new One(partition);
        loop.enter(() -> fetchers.follow(2, one));
        scheduler.runReady();
        return one;
    }

    private void answer(Sent to, int... bytesByPartition) {
        List<PartitionRecords> all = new ArrayList<>();
        for (int i = 0; i < bytesByPartition.length; i++) {
            if (bytesByPartition[i] > 0) {
                ByteBuffer records = ByteBuffer.allocate(bytesByPartition[i]);
                all.add(new PartitionRecords(TOPIC, i, ErrorCode.NONE, -1, 0L, 0L, null, records));
            }
        }
        loop.enter(() ->
                to.done.succeeded(
                        new ReplicaFetchResponse(
                                ErrorCode.NONE, stamp, all, ReplicaFetchResponse.Buffers.NONE)));
        scheduler.runReady();
    }

    @Test
    void asksForAllOfABrokerAtOnce() {
        Stream.of(new One(0), new One(1)).forEach(one -> loop.enter(() -> fetchers.follow(2, one)));
        scheduler.runReady();
        assertThat(sent).hasSize(1);
        assertThat(sent.getFirst().broker).isEqualTo(2);
        assertThat(sent.getFirst().request)
                .isEqualTo(
                        new ReplicaFetchRequest(
                                1,
                                77L,
                                null,
                                500,
                                1_000,
                                List.of(fetch(0, 0L, 0L, 100), fetch(1, 0L, 0L, 100))));
    }

    private static PartitionFetch fetch(int partition, long offset, long durable, int maxBytes) {
        return new PartitionFetch(
                new TopicPartition("t", partition), TOPIC, 5, offset, 4, durable, 0L, maxBytes);
    }

    /** So its leader knows how old its word is at most (seed 7073899). */
    @Test
    void tellsTheNewestAnswerThatItHeard() {
        follow(0);
        assertThat(sent.getLast().request.heard()).isNull();
        stamp = new Stamp(3L, 50L);
        answer(sent.getLast(), 1);
        assertThat(sent.getLast().request.heard()).isEqualTo(stamp);
        stamp = new Stamp(3L, 49L); // of an earlier one, that came late
        answer(sent.getLast(), 1);
        assertThat(sent.getLast().request.heard()).isEqualTo(new Stamp(3L, 50L));
        stamp = new Stamp(9L, 1L); // of another process
        answer(sent.getLast(), 1);
        assertThat(sent.getLast().request.heard()).isEqualTo(stamp);
    }

    @Test
    void tellsWhatIsDurableWhileTheOtherWaits() {
        One one = follow(0);
        one.durable = 9;
        loop.enter(() -> fetchers.tell(2, one));
        scheduler.runReady();
        assertThat(sent).hasSize(2);
        assertThat(sent.getLast().request.tellsOnly()).isTrue();
        assertThat(sent.getLast().request.isAside()).isTrue();
        assertThat(sent.getLast().request.partitions()).containsExactly(fetch(0, 0L, 9L, 0));
        loop.enter(() -> fetchers.tell(2, one));
        scheduler.runReady();
        assertThat(sent).as("two under way at most").hasSize(2);
        answer(sent.getLast());
        assertThat(sent).as("told after that").hasSize(3);
    }

    @Test
    void hurriesTheOneThatWaitsForWhoComesTooLateOnce() {
        follow(0);
        follow(1);
        assertThat(hurried).isEmpty();
        answer(sent.getLast());
        assertThat(hurried).containsExactly(2);
        follow(2);
        answer(sent.getLast());
        assertThat(hurried).containsExactly(2);
        answer(sent.getFirst());
        assertThat(sent.getLast().partitions()).containsExactly(0, 1, 2);
        assertThat(sent.getLast().request.isAside()).isFalse();
    }

    @Test
    void bringsInWhoCameWhileTheOtherWaits() {
        follow(0);
        One late = follow(1);
        assertThat(sent).hasSize(2);
        assertThat(sent.getLast().request.isAside()).isTrue();
        assertThat(sent.getLast().request.partitions()).containsExactly(fetch(1, 0L, 0L, 100));
        answer(sent.getLast(), 0, 30);
        assertThat(late.offset).isEqualTo(30);
        assertThat(sent.getLast().request.partitions()).containsExactly(fetch(1, 30L, 0L, 100));
        answer(sent.getLast());
        assertThat(sent).as("nothing new there").hasSize(3);
        scheduler.advanceMs(20);
        assertThat(sent.size()).as("asked for again soon").isEqualTo(4);
    }

    @Test
    void whoGotRecordsComesLastNextTime() {
        Stream.of(new One(0), new One(1)).forEach(one -> loop.enter(() -> fetchers.follow(2, one)));
        scheduler.runReady();
        answer(sent.getFirst(), 10, 0);
        assertThat(sent.getLast().partitions()).containsExactly(1, 0);
    }

    @Test
    void pausesAfterAFailureLongerEachTime() {
        follow(0);
        int before = 1;
        for (long pauseMs : new long[] {20, 40, 80, 80}) {
            Sent last = sent.getLast();
            loop.enter(() -> last.done.failed(new IOException("gone")));
            scheduler.advanceMs(pauseMs - 1);
            assertThat(sent).hasSize(before);
            scheduler.advanceMs(1);
            assertThat(sent).hasSize(++before);
        }
    }

    @Test
    void whoRestsOrIsSilentIsNotAskedFor() {
        One first = new One(0);
        One second = new One(1);
        One third = new One(2);
        second.silent = true;
        Stream.of(first, second, third).forEach(one -> loop.enter(() -> fetchers.follow(2, one)));
        loop.enter(() -> fetchers.rest(2, third));
        scheduler.runReady();
        assertThat(sent.getLast().partitions()).containsExactly(0);
        answer(sent.getLast());
        scheduler.advanceMs(30);
        assertThat(sent.getLast().partitions()).as("its rest is over").containsExactly(2);
    }

    @Test
    void whoFollowsNoLongerGetsNoAnswer() {
        One one = follow(0);
        loop.enter(() -> fetchers.unfollow(2, one));
        answer(sent.getLast(), 10);
        assertThat(one.answers).isEmpty();
        assertThat(sent).hasSize(1);
    }

    /**
     * The answer that waits may be from before the last commits: one that was asked after counts.
     */
    @Test
    void fetchesOnceMoreBeforeAStopUntilNothingComes() {
        follow(0);
        List<String> told = new ArrayList<>();
        loop.enter(() -> fetchers.fetchLast(() -> told.add("done")));
        scheduler.runReady();
        assertThat(hurried).containsExactly(2);
        answer(sent.getLast());
        assertThat(sent.getLast().request.maxWaitMs()).isEqualTo(1);
        answer(sent.getLast(), 10);
        assertThat(told).as("there may be more").isEmpty();
        answer(sent.getLast());
        assertThat(told).containsExactly("done");
    }

    @Test
    void doesNotWaitForALeaderThatFailsOrForNobodyBeforeAStop() {
        List<String> told = new ArrayList<>();
        loop.enter(() -> fetchers.fetchLast(() -> told.add("nobody")));
        assertThat(told).containsExactly("nobody");
        follow(0);
        loop.enter(() -> fetchers.fetchLast(() -> told.add("failed")));
        loop.enter(() -> sent.getFirst().done.failed(new IOException("gone")));
        assertThat(told).containsExactly("nobody", "failed");
        loop.enter(() -> fetchers.fetchLast(() -> told.add("pausing")));
        assertThat(told).containsExactly("nobody", "failed", "pausing");
    }
}
