package io.sluice.engine.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.config.TopicConfig;
import io.sluice.core.model.CompressionType;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TopicPartition;
import io.sluice.core.model.Uuid;
import io.sluice.core.record.Codecs;
import io.sluice.engine.fake.LogFaults;
import io.sluice.engine.fake.MemoryLog;
import io.sluice.engine.fake.MemoryLogStore;
import io.sluice.engine.fake.MemoryMetadata;
import io.sluice.engine.loop.CallerDrivenIo;
import io.sluice.engine.loop.CallerDrivenLoop;
import io.sluice.engine.loop.CallerDrivenScheduler;
import io.sluice.engine.loop.EventLoop;
import io.sluice.engine.loop.ManualClock;
import io.sluice.engine.partition.Partition;
import io.sluice.engine.partition.PartitionLifecycle;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class CoordinatorHostTest {

    private static final int BROKER = 1;
    private static final String TOPIC = "__cells";
    private static final TopicPartition PARTITION = new TopicPartition(TOPIC, 0);
    private static final Reply<String> LOADING =
            new Reply.Refused<>(ErrorCode.COORDINATOR_LOAD_IN_PROGRESS);
    private static final Reply<String> AWAY = new Reply.Refused<>(ErrorCode.NOT_COORDINATOR);

    private final CallerDrivenScheduler scheduler =
            new CallerDrivenScheduler(new ManualClock(1_700_000_000_000L));
    private long ioDelayNanos = 1_000_000L;
    private final CallerDrivenIo io = new CallerDrivenIo(scheduler, () -> ioDelayNanos);
    private final MemoryLogStore store = new MemoryLogStore(io, Path.of("a"));
    private final CallerDrivenLoop home = new CallerDrivenLoop(scheduler);
    private final CallerDrivenLoop partitionLoop = new CallerDrivenLoop(scheduler);
    private final CallerDrivenLoop client = new CallerDrivenLoop(scheduler);
    private final MemoryMetadata metadata = new MemoryMetadata(home);
    private CoordinatorSettings settings =
            new CoordinatorSettings(TOPIC, 100, 10_000, 1_000, 4_096, 10);
    private CoordinatorHost<Cells.Command, Cells.Set, String> host;

    CoordinatorHostTest() {
        metadata.put(MemoryMetadata.topic(TOPIC, new Uuid(7L, 1L), BROKER, 1, 0));
        host = process();
    }

    /** A process on the same store. */
    private CoordinatorHost<Cells.Command, Cells.Set, String> process() {
        PartitionLifecycle lifecycle =
                new PartitionLifecycle(
                        BROKER,
                        home,
                        List.<EventLoop>of(partitionLoop),
                        store,
                        metadata,
                        (topic, image) -> TopicConfig.DEFAULT);
        CoordinatorHost<Cells.Command, Cells.Set, String> made =
                new CoordinatorHost<>(
                        settings,
                        BROKER,
                        metadata,
                        lifecycle.partitions(),
                        io,
                        new NoCodecs(),
                        number -> new Cells(),
                        Cells.CODEC);
        lifecycle.onLeading(made::leading);
        lifecycle.start(() -> {});
        return made;
    }

    private void crash() {
        scheduler.clear();
        metadata.forgetListeners();
        store.crash();
        host = process();
    }

    private void settle() {
        scheduler.advanceMs(200);
    }

    private List<Reply<String>> ask(Cells.Command command) {
        List<Reply<String>> replies = new ArrayList<>();
        host.submit(0, command, client, replies::add);
        return replies;
    }

    private static Reply<String> answered(String text) {
        return new Reply.Answered<>(text);
    }

    private Reply<String> get(String cell) {
        List<Reply<String>> replies = ask(new Cells.Command.Get(cell));
        settle();
        assertThat(replies).hasSize(1);
        return replies.getFirst();
    }

    @Test
    void anAnswerIsHeldUntilItsEventsAreCommitted() {
        settle();
        List<Reply<String>> put = ask(new Cells.Command.Put("a", "1"));
        List<Reply<String>> read = ask(new Cells.Command.Get("a"));
        scheduler.runReady();
        assertThat(put).isEmpty();
        assertThat(read).as("a read of what is not committed").isEmpty();
        settle();
        assertThat(put).containsExactly(answered("put"));
        assertThat(read).containsExactly(answered("1"));
        assertThat(store.openSlices()).isZero();
    }

    @Test
    void commandsOfAFlushShareABatch() {
        settle();
        for (int i = 0; i < 50; i++) {
            ask(new Cells.Command.Put("cell-" + i, "x"));
        }
        settle();
        MemoryLog log = Objects.requireNonNull(store.log(PARTITION));
        assertThat(log.endOffset()).isEqualTo(50);
        assertThat(log.durableEndOffset()).isEqualTo(50);
    }

    @Test
    void whatWasAnsweredIsThereAfterACrash() {
        settle();
        for (int i = 0; i < 300; i++) {
            ask(new Cells.Command.Put("cell-" + i % 37, "text " + i));
            scheduler.advanceMs(7);
        }
        ask(new Cells.Command.Put("cell-3", null));
        settle();
        crash();
        settle();
        assertThat(get("cell-36")).isEqualTo(answered("text " + (300 - 300 % 37 - 1)));
        assertThat(get("cell-3")).as("deleted by a tombstone").isEqualTo(answered(""));
        assertThat(store.openSlices()).isZero();
    }

    @Test
    void whileItLoadsCommandsAreRefused() {
        settle();
        ask(new Cells.Command.Put("a", "1"));
        settle();
        crash();
        List<Reply<String>> tooEarly = ask(new Cells.Command.Get("a"));
        scheduler.runReady();
        assertThat(tooEarly).containsExactly(LOADING);
        settle();
        assertThat(get("a")).isEqualTo(answered("1"));
    }

    @Test
    void aMachineWhoseEventsAreNotStoredIsThrownAway() {
        settle();
        ask(new Cells.Command.Put("a", "kept"));
        settle();
        List<Reply<String>> waiting = ask(new Cells.Command.Await("b"));
        settle();
        assertThat(waiting).isEmpty();
        store.faults(
                new LogFaults() {
                    @Override
                    public boolean failAppend(TopicPartition partition) {
                        return true;
                    }
                });
        List<Reply<String>> put = ask(new Cells.Command.Put("a", "lost"));
        List<Reply<String>> read = ask(new Cells.Command.Get("a"));
        settle();
        assertThat(put).containsExactly(AWAY);
        assertThat(read).as("it rests on what is lost").containsExactly(AWAY);
        assertThat(waiting).containsExactly(AWAY);
        store.faults(LogFaults.NONE);
        crash();
        settle();
        assertThat(get("a")).isEqualTo(answered("kept"));
    }

    @Test
    void aParkedCommandIsAnsweredByALaterOne() {
        settle();
        List<Reply<String>> waiting = ask(new Cells.Command.Await("a"));
        settle();
        assertThat(waiting).isEmpty();
        ask(new Cells.Command.Put("a", "now"));
        settle();
        assertThat(waiting).containsExactly(answered("now"));
    }

    @Test
    void deadlinesRunAndTheirEventsAreStored() {
        settle();
        ask(new Cells.Command.Put("a", "1"));
        ask(new Cells.Command.Expire("a", scheduler.clock().wallMs() + 5_000));
        settle();
        scheduler.advanceMs(4_000);
        assertThat(get("a")).isEqualTo(answered("1"));
        scheduler.advanceMs(1_000);
        assertThat(get("a")).isEqualTo(answered(""));
        crash();
        settle();
        assertThat(get("a")).isEqualTo(answered(""));
    }

    @Test
    void aPartitionThatIsElsewhereOrNowhereIsRefused() {
        settle();
        List<Reply<String>> replies = new ArrayList<>();
        host.submit(9, new Cells.Command.Get("a"), client, replies::add);
        settle();
        assertThat(replies).containsExactly(AWAY);
    }

    @Test
    void aPartitionThatGoesAnswersAllThatWait() {
        settle();
        List<Reply<String>> waiting = ask(new Cells.Command.Await("a"));
        settle();
        metadata.topics(new TreeMap<>());
        settle();
        assertThat(waiting).containsExactly(AWAY);
    }

    /** Both brokers have a replica. */
    private void leader(int broker, int epoch) {
        metadata.put(
                MemoryMetadata.shared(
                        TOPIC, new Uuid(7L, 1L), List.of(BROKER, BROKER + 1), broker, epoch));
    }

    @Test
    void itGoesWithTheLeadershipAndComesBackWithItWithoutBeingAsked() {
        List<Partition> serving = new ArrayList<>();
        host.onServing(serving::add);
        settle();
        assertThat(serving).hasSize(1);
        ask(new Cells.Command.Put("a", "1"));
        List<Reply<String>> waiting = ask(new Cells.Command.Await("b"));
        settle();
        leader(BROKER + 1, 1);
        settle();
        assertThat(waiting).containsExactly(AWAY);
        assertThat(get("a")).isEqualTo(AWAY);
        scheduler.advanceMs(600_000);
        assertThat(serving).as("who does not lead does not load").hasSize(1);
        leader(BROKER, 2);
        settle();
        assertThat(serving).hasSize(2);
        assertThat(get("a")).isEqualTo(answered("1"));
        assertThat(store.openSlices()).isZero();
    }

    /** Simulator, seed 20032: it was read as it lay there, and asked for again without end. */
    @Test
    void aLogThatIsDamagedIsNotServedFrom() {
        settle();
        ask(new Cells.Command.Put("a", "1"));
        settle();
        leader(BROKER + 1, 1);
        settle();
        store.faults(
                new LogFaults() {
                    @Override
                    public boolean rots(TopicPartition partition) {
                        return true;
                    }
                });
        leader(BROKER, 2);
        settle();
        assertThat(get("a")).isNotEqualTo(answered("1"));
        assertThat(store.openSlices()).isZero();
        store.faults(LogFaults.NONE);
        scheduler.advanceMs(2_000);
        assertThat(get("a")).isEqualTo(answered("1"));
    }

    /** Whoever leads is told so: nothing is looked at from time to time. */
    @Test
    void aFailoverTakesNoLongerThanItsReads() {
        List<Partition> serving = new ArrayList<>();
        host.onServing(serving::add);
        settle();
        ask(new Cells.Command.Put("a", "1"));
        settle();
        ioDelayNanos = 0;
        for (int epoch = 1; epoch < 20; epoch += 2) {
            leader(BROKER + 1, epoch);
            scheduler.runReady();
            serving.clear();
            leader(BROKER, epoch + 1);
            scheduler.runReady();
            assertThat(serving).hasSize(1);
            List<Reply<String>> read = ask(new Cells.Command.Get("a"));
            scheduler.runReady();
            assertThat(read).containsExactly(answered("1"));
        }
    }

    @Test
    void whoBeginsToLeadServesOnceAllThatWasInTheLogIsCommitted() {
        settle();
        List<Reply<String>> put = ask(new Cells.Command.Put("a", "1"));
        while (Objects.requireNonNull(store.log(PARTITION)).endOffset() == 0) {
            scheduler.runReady();
        }
        assertThat(put).as("appended, and not committed").isEmpty();
        leader(BROKER + 1, 1);
        scheduler.runReady();
        assertThat(put).containsExactly(AWAY);
        leader(BROKER, 2);
        scheduler.runReady();
        List<Reply<String>> early = ask(new Cells.Command.Get("a"));
        scheduler.runReady();
        assertThat(early).containsExactly(LOADING);
        settle();
        assertThat(get("a")).isEqualTo(answered("1"));
    }

    @Test
    void commandsWithoutAnAnswerAreBounded() {
        settle();
        for (int i = 0; i < settings.maxWaiting(); i++) {
            ask(new Cells.Command.Await("a"));
        }
        settle();
        assertThat(get("b")).isEqualTo(LOADING);
        List<Reply<String>> one = ask(new Cells.Command.Put("a", "x"));
        settle();
        assertThat(one).containsExactly(LOADING);
    }

    @Test
    void aDefectCostsItsCommandAndTheMachineIsLoadedAgain() {
        settle();
        List<Reply<String>> defect = ask(new Cells.Command.Fail());
        settle();
        assertThat(defect).containsExactly(new Reply.Refused<>(ErrorCode.UNKNOWN_SERVER_ERROR));
        assertThat(get("a")).isEqualTo(answered(""));
    }

    /** I-20 for any machine: what was answered is there, what was not is there whole or not. */
    @Test
    void crashesAtAnyMomentLoseNoAnsweredCommand() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        settle();
        int answeredUpTo = -1;
        for (int round = 0; round < 60; round++) {
            List<List<Reply<String>>> puts = new ArrayList<>();
            int first = answeredUpTo + 1;
            for (int i = 0; i < 1 + random.nextInt(20); i++) {
                puts.add(ask(new Cells.Command.Put("cell", Integer.toString(first + i))));
                scheduler.advanceMs(random.nextInt(4));
            }
            int lastAnswered = first - 1;
            for (int i = 0; i < puts.size(); i++) {
                if (puts.get(i).equals(List.of(answered("put")))) {
                    lastAnswered = first + i;
                }
            }
            crash();
            settle();
            Reply<String> found = get("cell");
            int kept =
                    found.equals(answered(""))
                            ? -1
                            : Integer.parseInt(((Reply.Answered<String>) found).answer());
            assertThat(kept)
                    .as("seed %d round %d", seed, round)
                    .isBetween(lastAnswered, first + puts.size() - 1);
            answeredUpTo = kept;
        }
    }

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
