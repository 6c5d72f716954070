package io.sluice.engine.transaction;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.config.TopicConfig;
import io.sluice.core.model.CompressionType;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TopicPartition;
import io.sluice.core.model.TransactionMarker;
import io.sluice.core.model.Uuid;
import io.sluice.core.record.Codecs;
import io.sluice.core.transaction.CheckBacks;
import io.sluice.core.transaction.Producer;
import io.sluice.core.transaction.TransactionCommand;
import io.sluice.core.transaction.TransactionCoordinator;
import io.sluice.core.transaction.TransactionEvent;
import io.sluice.core.transaction.TransactionEventFormat;
import io.sluice.core.transaction.TransactionReply;
import io.sluice.core.transaction.TransactionSettings;
import io.sluice.core.transaction.TransactionState;
import io.sluice.engine.coordinator.CoordinatorHost;
import io.sluice.engine.coordinator.CoordinatorSettings;
import io.sluice.engine.coordinator.EventCodec;
import io.sluice.engine.coordinator.Reply;
import io.sluice.engine.fake.LogFaults;
import io.sluice.engine.fake.MemoryLogStore;
import io.sluice.engine.fake.MemoryMetadata;
import io.sluice.engine.loop.CallerDrivenIo;
import io.sluice.engine.loop.CallerDrivenLoop;
import io.sluice.engine.loop.CallerDrivenScheduler;
import io.sluice.engine.loop.EventLoop;
import io.sluice.engine.loop.ManualClock;
import io.sluice.engine.partition.Configs;
import io.sluice.engine.partition.PartitionLifecycle;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class MarkerSenderTest {

    private static final int BROKER = 1;
    private static final short TWO = 2;
    private static final String TOPIC = "__transactions";
    private static final TopicPartition A = new TopicPartition("a", 0);
    private static final TopicPartition B = new TopicPartition("b", 0);
    private static final TransactionSettings SETTINGS =
            new TransactionSettings(60_000, false, 1_000, 1L << 40, 1L << 40, 100, TWO);

    private final CallerDrivenScheduler scheduler =
            new CallerDrivenScheduler(new ManualClock(1_700_000_000_000L));
    private final CallerDrivenIo io = new CallerDrivenIo(scheduler, () -> 1_000_000L);
    private final MemoryLogStore store = new MemoryLogStore(io, Path.of("a"));
    private final CallerDrivenLoop home = new CallerDrivenLoop(scheduler);
    private final CallerDrivenLoop partitionLoop = new CallerDrivenLoop(scheduler);
    private final CallerDrivenLoop client = new CallerDrivenLoop(scheduler);
    private final MemoryMetadata metadata = new MemoryMetadata(home);

    /** What each partition was told, in order. */
    private final Map<TopicPartition, List<TransactionMarker>> written = new HashMap<>();

    /** What a partition answers in place of taking a marker. */
    private final Map<TopicPartition, ErrorCode> failing = new HashMap<>();

    private TopicConfig config = TopicConfig.DEFAULT;
    private CoordinatorHost<TransactionCommand, TransactionEvent, TransactionReply> host;

    MarkerSenderTest() {
        metadata.put(MemoryMetadata.topic(TOPIC, new Uuid(7L, 1L), BROKER, 1, 0));
        metadata.put(MemoryMetadata.topic("a", new Uuid(7L, 2L), BROKER + 1, 1, 0));
        metadata.put(MemoryMetadata.topic("b", new Uuid(7L, 3L), BROKER + 1, 1, 0));
        host = process();
        settle();
    }

    private CoordinatorHost<TransactionCommand, TransactionEvent, TransactionReply> process() {
        PartitionLifecycle lifecycle =
                new PartitionLifecycle(
                        BROKER,
                        home,
                        List.<EventLoop>of(partitionLoop),
                        store,
                        metadata,
                        (topic, image) -> config);
        CoordinatorHost<TransactionCommand, TransactionEvent, TransactionReply> made =
                new CoordinatorHost<>(
                        CoordinatorSettings.of(TOPIC),
                        BROKER,
                        metadata,
                        lifecycle.partitions(),
                        io,
                        new NoCodecs(),
                        number -> new TransactionCoordinator(SETTINGS, CheckBacks.NONE),
                        EventCodec.of(
                                TransactionEventFormat::key,
                                TransactionEventFormat::value,
                                TransactionEventFormat::read));
        made.onServing(
                new MarkerSenders(made, lifecycle.partitions(), metadata, this::take)::serving);
        lifecycle.onLeading(made::leading);
        lifecycle.start(() -> {});
        return made;
    }

    private void take(
            TopicPartition partition,
            TransactionMarker marker,
            EventLoop replyOn,
            Consumer<ErrorCode> done) {
        ErrorCode error = failing.getOrDefault(partition, ErrorCode.NONE);
        if (error == ErrorCode.NONE) {
            written.computeIfAbsent(partition, any -> new ArrayList<>()).add(marker);
        }
        replyOn.post(() -> done.accept(error));
    }

    private void crash() {
        scheduler.clear();
        metadata.forgetListeners();
        store.crash();
        host = process();
        settle();
    }

    private void settle() {
        scheduler.advanceMs(400);
    }

    private TransactionReply ask(TransactionCommand command) {
        List<Reply<TransactionReply>> replies = new ArrayList<>();
        host.submit(0, command, client, replies::add);
        settle();
        assertThat(replies).hasSize(1);
        return switch (replies.getFirst()) {
            case Reply.Answered<TransactionReply>(TransactionReply answer) -> answer;
            case Reply.Refused<TransactionReply>(ErrorCode error) ->
                    throw new AssertionError(error);
        };
    }

    private Producer begin(String id, long producerId) {
        return ((TransactionReply.Granted)
                        ask(
                                new TransactionCommand.Begin(
                                        id, 5_000, false, Optional.empty(), producerId)))
                .producer();
    }

    private void add(String id, Producer producer, TopicPartition... partitions) {
        ask(new TransactionCommand.Add(id, producer, List.of(partitions), TWO));
    }

    private Producer end(String id, Producer producer, boolean commit) {
        return ((TransactionReply.Granted)
                        ask(
                                new TransactionCommand.End(
                                        id, producer, commit, TWO, TransactionCommand.NO_ID)))
                .producer();
    }

    private TransactionState state(String id) {
        return ((TransactionReply.Described) ask(new TransactionCommand.Describe(id)))
                .transaction()
                .orElseThrow()
                .state();
    }

    private List<TransactionMarker> at(TopicPartition partition) {
        return written.getOrDefault(partition, List.of());
    }

    @Test
    void markersGoToEveryPartitionAndTheTransactionIsComplete() {
        Producer first = begin("t", 100);
        add("t", first, A, B);
        Producer second = end("t", first, true);
        settle();
        assertThat(state("t")).isEqualTo(TransactionState.COMPLETE_COMMIT);
        TransactionMarker marker = new TransactionMarker(100, second.epoch(), 0, true, TWO);
        assertThat(at(A)).containsExactly(marker);
        assertThat(at(B)).containsExactly(marker);
        add("t", second, A);
        end("t", second, false);
        settle();
        assertThat(state("t")).isEqualTo(TransactionState.COMPLETE_ABORT);
        assertThat(at(A)).hasSize(2);
        assertThat(at(A).getLast().commit()).isFalse();
    }

    @Test
    void aPartitionThatFailsIsTriedUntilItWorks() {
        failing.put(B, ErrorCode.NOT_LEADER_OR_FOLLOWER);
        Producer producer = begin("t", 100);
        add("t", producer, A, B);
        end("t", producer, true);
        scheduler.advanceMs(120_000);
        assertThat(state("t")).isEqualTo(TransactionState.PREPARE_COMMIT);
        assertThat(at(A)).hasSize(1);
        failing.clear();
        scheduler.advanceMs(MarkerSender.LAST_RETRY_MS);
        assertThat(at(B)).hasSize(1);
        assertThat(at(A)).hasSize(1);
        assertThat(state("t")).isEqualTo(TransactionState.COMPLETE_COMMIT);
    }

    @Test
    void aTopicThatIsDeletedNeedsNoMarker() {
        failing.put(B, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
        Producer producer = begin("t", 100);
        add("t", producer, A, B);
        end("t", producer, true);
        settle();
        assertThat(state("t")).isEqualTo(TransactionState.PREPARE_COMMIT);
        metadata.remove("b");
        scheduler.advanceMs(MarkerSender.LAST_RETRY_MS);
        assertThat(state("t")).isEqualTo(TransactionState.COMPLETE_COMMIT);
        assertThat(at(B)).isEmpty();
    }

    @Test
    void aPartitionThatKnowsALaterEpochNeedsNone() {
        failing.put(B, ErrorCode.INVALID_PRODUCER_EPOCH);
        Producer producer = begin("t", 100);
        add("t", producer, A, B);
        end("t", producer, true);
        settle();
        assertThat(state("t")).isEqualTo(TransactionState.COMPLETE_COMMIT);
    }

    @Test
    void afterACrashMarkersAreWrittenAgain() {
        failing.put(B, ErrorCode.NOT_LEADER_OR_FOLLOWER);
        Producer producer = begin("t", 100);
        add("t", producer, A, B);
        end("t", producer, false);
        settle();
        failing.clear();
        crash();
        settle();
        assertThat(at(A)).hasSize(2);
        assertThat(at(B)).hasSize(1);
        assertThat(state("t")).isEqualTo(TransactionState.COMPLETE_ABORT);
    }

    @Test
    void whoLeadsAgainWritesThemAnewInItsEpochAndWhoDoesNotWritesNone() {
        failing.put(B, ErrorCode.NOT_LEADER_OR_FOLLOWER);
        Producer producer = begin("t", 100);
        add("t", producer, A, B);
        end("t", producer, true);
        settle();
        assertThat(at(A)).hasSize(1);
        leader(BROKER + 1, 1);
        failing.clear();
        scheduler.advanceMs(20_000);
        assertThat(at(B)).as("that is another broker's now").isEmpty();
        leader(BROKER, 2);
        settle();
        assertThat(state("t")).isEqualTo(TransactionState.COMPLETE_COMMIT);
        assertThat(at(B)).hasSize(1);
        assertThat(at(B).getFirst().coordinatorEpoch()).isEqualTo(2);
    }

    /** Found by real processes: a coordinator without any event, whose first one is refused. */
    @Test
    void aCoordinatorThatMayNotStoreItsFirstEventIsAskedOnce() {
        config = Configs.inSync(TopicConfig.DEFAULT, 2);
        leader(BROKER, 1); // the other one is not in sync
        crash();
        List<Reply<TransactionReply>> replies = new ArrayList<>();
        host.submit(
                0,
                new TransactionCommand.Begin("t", 5_000, false, Optional.empty(), 100),
                client,
                replies::add);
        scheduler.advanceMs(10_000);
        assertThat(replies).containsExactly(new Reply.Refused<>(ErrorCode.NOT_COORDINATOR));
        metadata.put(MemoryMetadata.topic(TOPIC, new Uuid(7L, 1L), BROKER, 1, 2));
        settle();
        Producer producer = begin("t", 100);
        add("t", producer, A);
        end("t", producer, true);
        settle();
        assertThat(state("t")).isEqualTo(TransactionState.COMPLETE_COMMIT);
        assertThat(at(A)).hasSize(1);
    }

    /** Of the transactions' topic; both brokers have a replica. */
    private void leader(int broker, int epoch) {
        metadata.put(
                MemoryMetadata.shared(
                        TOPIC, new Uuid(7L, 1L), List.of(BROKER, BROKER + 1), broker, epoch));
    }

    @Test
    void whatTimeAbortsGetsMarkersWithoutAnybodyAsking() {
        Producer producer = begin("t", 100);
        add("t", producer, A);
        scheduler.advanceMs(7_000);
        assertThat(at(A)).hasSize(1);
        assertThat(at(A).getFirst().commit()).isFalse();
        assertThat(state("t")).isEqualTo(TransactionState.COMPLETE_ABORT);
    }

    @Test
    void noMarkerIsWrittenForAnOutcomeThatIsNotStored() {
        Producer producer = begin("t", 100);
        add("t", producer, A);
        store.faults(
                new LogFaults() {
                    @Override
                    public boolean failAppend(TopicPartition partition) {
                        return true;
                    }
                });
        List<Reply<TransactionReply>> replies = new ArrayList<>();
        host.submit(
                0,
                new TransactionCommand.End("t", producer, true, TWO, TransactionCommand.NO_ID),
                client,
                replies::add);
        settle();
        assertThat(replies).containsExactly(new Reply.Refused<>(ErrorCode.NOT_COORDINATOR));
        assertThat(written).isEmpty();
        store.faults(LogFaults.NONE);
        crash();
        assertThat(state("t")).isEqualTo(TransactionState.ONGOING);
        assertThat(written).isEmpty();
    }

    /** I-15, I-17: all partitions of a transaction get the same end, over crashes at any moment. */
    @Test
    void crashesAtAnyMomentLeaveNoTransactionHalfEnded() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        for (int round = 0; round < 60; round++) {
            String id = "t-" + round;
            Producer producer = begin(id, 1_000 + round);
            add(id, producer, A, B);
            failing.clear();
            if (random.nextBoolean()) {
                failing.put(random.nextBoolean() ? A : B, ErrorCode.NOT_LEADER_OR_FOLLOWER);
            }
            List<Reply<TransactionReply>> replies = new ArrayList<>();
            host.submit(
                    0,
                    new TransactionCommand.End(id, producer, true, TWO, TransactionCommand.NO_ID),
                    client,
                    replies::add);
            scheduler.advanceMs(random.nextInt(8));
            boolean answered = !replies.isEmpty();
            crash();
            failing.clear();
            scheduler.advanceMs(20_000);
            List<Boolean> atA = ends(A, 1_000 + round);
            List<Boolean> atB = ends(B, 1_000 + round);
            assertThat(atA).as("seed %d round %d", seed, round).isNotEmpty().hasSize(1);
            assertThat(atB).as("seed %d round %d", seed, round).isEqualTo(atA);
            if (answered) {
                assertThat(atA).as("seed %d round %d", seed, round).containsExactly(true);
            }
            assertThat(state(id))
                    .isIn(TransactionState.COMPLETE_COMMIT, TransactionState.COMPLETE_ABORT);
        }
    }

    private List<Boolean> ends(TopicPartition partition, long producerId) {
        return at(partition).stream()
                .filter(marker -> marker.producerId() == producerId)
                .map(TransactionMarker::commit)
                .distinct()
                .toList();
    }

    /** Events of transactions as records. */
    /** Nothing here is compressed. */
    private static final class NoCodecs implements Codecs {
        @Override
        public ByteBuffer decompress(CompressionType type, ByteBuffer source, int limitBytes) {
            throw new IllegalStateException("nothing is compressed");
        }

        @Override
        public ByteBuffer compress(CompressionType type, int level, ByteBuffer source) {
            throw new IllegalStateException("nothing is compressed");
        }
    }
}
