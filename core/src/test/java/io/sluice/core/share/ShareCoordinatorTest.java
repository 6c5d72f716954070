package io.sluice.core.share;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.core.coordinator.Decision;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.Uuid;
import io.sluice.core.record.RecordFormatException;
import io.sluice.core.share.StateBatch.Dead;
import io.sluice.core.share.StateBatch.Pending;
import io.sluice.core.share.StateBatch.Settled;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** What a share coordinator remembers, by example and at random, over a log that is compacted. */
class ShareCoordinatorTest {
    private static final int SEEDS = Integer.getInteger("sluice.share.seeds", 300);
    private static final ShareKey KEY = new ShareKey("g", new Uuid(1, 2), 3);

    private ShareCoordinator coordinator = new ShareCoordinator();

    /** Key to the place and the value of its last event, as compaction leaves them. */
    private final Map<String, ShareEvent> log = new LinkedHashMap<>();

    private ShareReply ask(ShareCommand command) {
        Decision<ShareEvent, ShareReply> decision = coordinator.decide(1, command, 0);
        for (ShareEvent event : decision.events()) {
            coordinator.apply(event);
            String key = HexFormat.of().formatHex(ShareEventFormat.key(event));
            log.remove(key);
            log.put(key, event);
        }
        return decision.answers().getFirst().reply();
    }

    private ErrorCode done(ShareCommand command) {
        return ((ShareReply.Done) ask(command)).error();
    }

    private ShareReply.State read(int leaderEpoch) {
        return (ShareReply.State) ask(new ShareCommand.Read(KEY, leaderEpoch));
    }

    private ErrorCode write(int leaderEpoch, long start, StateBatch... batches) {
        return done(new ShareCommand.Write(KEY, 1, leaderEpoch, start, 0, List.of(batches)));
    }

    private void replay() throws RecordFormatException {
        ShareCoordinator next = new ShareCoordinator();
        for (ShareEvent event : log.values()) {
            byte[] value = ShareEventFormat.value(event);
            ShareEvent read =
                    ShareEventFormat.read(
                            ByteBuffer.wrap(ShareEventFormat.key(event)),
                            value == null ? null : ByteBuffer.wrap(value));
            assertThat(read).isEqualTo(event);
            next.apply(requireNonNull(read));
        }
        coordinator = next;
    }

    @Test
    void aQueueThatNobodyInitializedHasNoStart() {
        assertThat(read(5).start()).isEqualTo(ShareReply.State.NO_START);
        assertThat(write(5, 10)).isEqualTo(ErrorCode.INVALID_REQUEST);
    }

    @Test
    void whatWasWrittenIsThereAfterARestart() throws RecordFormatException {
        assertThat(done(new ShareCommand.Initialize(KEY, 1, 7))).isEqualTo(ErrorCode.NONE);
        read(5);
        write(5, 7, new StateBatch(8, 9, Settled.SETTLED));
        write(5, 8, new StateBatch(9, 12, new Dead(DeadReason.EXPIRED, 2)));
        replay();
        ShareReply.State state = read(6);
        assertThat(state.start()).isEqualTo(8);
        assertThat(state.stateEpoch()).isEqualTo(1);
        assertThat(state.batches())
                .containsExactly(
                        new StateBatch(8, 8, Settled.SETTLED),
                        new StateBatch(9, 12, new Dead(DeadReason.EXPIRED, 2)));
    }

    @Test
    void anOlderLeaderIsFenced() {
        done(new ShareCommand.Initialize(KEY, 1, 0));
        read(5);
        read(6);
        assertThat(write(5, 1)).isEqualTo(ErrorCode.FENCED_LEADER_EPOCH);
        assertThat(read(5).error()).isEqualTo(ErrorCode.FENCED_LEADER_EPOCH);
        assertThat(read(-1).error()).isEqualTo(ErrorCode.NONE);
        assertThat(write(6, 1)).isEqualTo(ErrorCode.NONE);
    }

    private ErrorCode write(int leaderEpoch, long number, long start, StateBatch.Fate of8) {
        return done(
                new ShareCommand.Write(
                        KEY, 1, leaderEpoch, number, start, 0, List.of(new StateBatch(8, 8, of8))));
    }

    @Test
    void aWriteThatWasLostOnItsWayAndComesLateChangesNothing() throws RecordFormatException {
        done(new ShareCommand.Initialize(KEY, 1, 0));
        read(5);
        assertThat(write(5, 70, 0, new Pending(1, 0))).isEqualTo(ErrorCode.NONE);
        assertThat(write(5, 71, 4, Settled.SETTLED)).isEqualTo(ErrorCode.NONE);
        replay();
        assertThat(write(5, 70, 0, new Pending(1, 0))).isEqualTo(ErrorCode.FENCED_LEADER_EPOCH);
        assertThat(write(5, 71, 4, Settled.SETTLED)).as("said again").isEqualTo(ErrorCode.NONE);
        assertThat(read(5).start()).isEqualTo(4);
        assertThat(read(5).batches()).containsExactly(new StateBatch(8, 8, Settled.SETTLED));
        read(6);
        assertThat(write(6, 1, 5, Settled.SETTLED)).as("another leader").isEqualTo(ErrorCode.NONE);
    }

    /** Its leader read it before a write arrived that it had given up (queues' seed 3108). */
    @Test
    void whatWasDoneStaysDoneWhenTheStartGoesBack() throws RecordFormatException {
        done(new ShareCommand.Initialize(KEY, 1, 0));
        read(5);
        assertThat(write(5, 70, 8, new Pending(1, 0))).isEqualTo(ErrorCode.NONE);
        assertThat(write(5, 71, 4, new Pending(2, 0))).isEqualTo(ErrorCode.NONE);
        replay();
        ShareReply.State state = read(6);
        assertThat(state.start()).isEqualTo(4);
        assertThat(state.batches())
                .containsExactly(
                        new StateBatch(4, 7, Settled.SETTLED),
                        new StateBatch(8, 8, new Pending(2, 0)));
    }

    @Test
    void whatBelongsToAQueueBeforeItWasSetAnewIsFenced() {
        done(new ShareCommand.Initialize(KEY, 1, 0));
        done(new ShareCommand.Initialize(KEY, 2, 50));
        assertThat(write(5, 10)).isEqualTo(ErrorCode.FENCED_STATE_EPOCH);
        assertThat(done(new ShareCommand.Initialize(KEY, 1, 0)))
                .isEqualTo(ErrorCode.FENCED_STATE_EPOCH);
        assertThat(read(5).start()).isEqualTo(50);
    }

    @Test
    void aStartThatIsSaidLateChangesNothing() {
        done(new ShareCommand.Initialize(KEY, 1, 7));
        read(5);
        write(5, 20, new StateBatch(22, 25, Settled.SETTLED));
        assertThat(done(new ShareCommand.Initialize(KEY, 1, 3)))
                .isEqualTo(ErrorCode.FENCED_STATE_EPOCH);
        assertThat(read(5).start()).isEqualTo(20);
        assertThat(read(5).batches()).hasSize(1);
        assertThat(write(4, 21)).isEqualTo(ErrorCode.FENCED_LEADER_EPOCH);
    }

    @Test
    void ofTwoWhoSetAQueueAnewAtTheSameTimeOneIsToldThatItWasNotHe() {
        done(new ShareCommand.Initialize(KEY, 1, 0));
        assertThat(done(new ShareCommand.Initialize(KEY, 2, 50))).isEqualTo(ErrorCode.NONE);
        assertThat(done(new ShareCommand.Initialize(KEY, 2, 80)))
                .isEqualTo(ErrorCode.FENCED_STATE_EPOCH);
        assertThat(done(new ShareCommand.Initialize(KEY, 2, 50)))
                .as("said again")
                .isEqualTo(ErrorCode.NONE);
        assertThat(read(5).start()).isEqualTo(50);
    }

    @Test
    void aQueueMayBeKnownBeforeItsStartIs() {
        done(new ShareCommand.Initialize(KEY, 1, ShareReply.State.NO_START));
        assertThat(read(5).stateEpoch()).isEqualTo(1);
        done(new ShareCommand.Initialize(KEY, 1, 30));
        assertThat(read(5).start()).isEqualTo(30);
    }

    @Test
    void queuesOfATopicGoWithIt() throws RecordFormatException {
        ShareKey other = new ShareKey("g", new Uuid(9, 9), 3);
        done(new ShareCommand.Initialize(KEY, 1, 0));
        done(new ShareCommand.Initialize(other, 1, 4));
        assertThat(ask(new ShareCommand.ListTopics()))
                .isEqualTo(
                        new ShareReply.Topics(
                                new TreeSet<>(List.of(KEY.topicId(), other.topicId()))));
        done(new ShareCommand.DeleteTopic(KEY.topicId()));
        replay();
        assertThat(read(1).start()).isEqualTo(ShareReply.State.NO_START);
        assertThat(((ShareReply.State) ask(new ShareCommand.Read(other, 1))).start()).isEqualTo(4);
    }

    @Test
    void queuesOfAGroupAreToldAndGoWithIt() throws RecordFormatException {
        ShareKey next = new ShareKey("g", new Uuid(9, 9), 0);
        ShareKey other = new ShareKey("ga", new Uuid(0, 0), 0);
        for (ShareKey key : List.of(other, next, KEY)) {
            done(new ShareCommand.Initialize(key, 1, 4));
        }
        write(5, 6);
        assertThat(ask(new ShareCommand.ListGroup("g")))
                .isEqualTo(
                        new ShareReply.Group(
                                List.of(
                                        new ShareReply.Summary(KEY, 1, 5, 6, 0),
                                        new ShareReply.Summary(next, 1, -1, 4, 0))));
        assertThat(ask(new ShareCommand.ListAll()))
                .isEqualTo(
                        new ShareReply.Group(
                                List.of(
                                        new ShareReply.Summary(KEY, 1, 5, 6, 0),
                                        new ShareReply.Summary(next, 1, -1, 4, 0),
                                        new ShareReply.Summary(other, 1, -1, 4, 0))));
        done(new ShareCommand.DeleteGroup("g"));
        replay();
        assertThat(ask(new ShareCommand.ListGroup("g"))).isEqualTo(new ShareReply.Group(List.of()));
        assertThat(((ShareReply.State) ask(new ShareCommand.Read(other, 1))).start()).isEqualTo(4);
    }

    @Test
    void whatIsCutOrStrangeIsRefused() {
        done(new ShareCommand.Initialize(KEY, 1, 0));
        write(5, 0, new StateBatch(3, 4, new Pending(1, 0)));
        ShareEvent event = log.values().iterator().next();
        byte[] key = ShareEventFormat.key(event);
        byte[] value = requireNonNull(ShareEventFormat.value(event));
        for (int length = 1; length < value.length; length++) {
            ByteBuffer cut = ByteBuffer.wrap(value, 0, length);
            assertThatThrownBy(() -> ShareEventFormat.read(ByteBuffer.wrap(key), cut))
                    .isInstanceOf(RecordFormatException.class);
        }
    }

    @Test
    void anyHistoryIsTheSameAfterAnyCompaction() throws RecordFormatException {
        int parts = 0;
        for (long seed = 0; seed < SEEDS; seed++) {
            parts += history(new Random(seed), seed);
        }
        assertThat(parts).as("changes stored as such").isGreaterThan(20 * SEEDS);
    }

    /** Writes at random against a model of each record; replays now and then. */
    private int history(Random random, long seed) throws RecordFormatException {
        log.clear();
        coordinator = new ShareCoordinator();
        Map<Long, StateBatch.Fate> model = new TreeMap<>();
        done(new ShareCommand.Initialize(KEY, 1, 0));
        long start = 0;
        int parts = 0;
        for (int i = 0; i < 200; i++) {
            start += random.nextInt(20) == 0 ? random.nextInt(30) : 0;
            List<StateBatch> batches = new ArrayList<>();
            long first = start + random.nextInt(300);
            for (int b = random.nextInt(3); b >= 0; b--) {
                long last = first + random.nextInt(5);
                StateBatch batch = new StateBatch(first, last, fate(random));
                batches.add(batch);
                for (long offset = first; offset <= last; offset++) {
                    model.put(offset, batch.fate());
                }
                first = last + 1 + random.nextInt(20);
            }
            write(1, start, batches.toArray(StateBatch[]::new));
            parts += log.values().stream().anyMatch(e -> e instanceof ShareEvent.Part) ? 1 : 0;
            ((TreeMap<Long, StateBatch.Fate>) model).headMap(start).clear();
            if (random.nextInt(10) == 0) {
                replay();
            }
            assertThat(perRecord(read(1).batches()))
                    .as("seed %d, write %d", seed, i)
                    .isEqualTo(model);
            assertThat(read(1).start()).isEqualTo(start);
        }
        return parts;
    }

    private static StateBatch.Fate fate(Random random) {
        return switch (random.nextInt(3)) {
            case 0 -> Settled.SETTLED;
            case 1 -> new Pending(random.nextInt(3), random.nextInt(2), times(random));
            default -> new Dead(DeadReason.REJECTED, random.nextInt(2), times(random));
        };
    }

    private static Map<Long, StateBatch.Fate> perRecord(List<StateBatch> batches) {
        Map<Long, StateBatch.Fate> all = new TreeMap<>();
        for (StateBatch batch : batches) {
            for (long offset = batch.first(); offset <= batch.last(); offset++) {
                assertThat(all.put(offset, batch.fate())).as("offset %d", offset).isNull();
            }
        }
        return all;
    }

    private static Times times(Random random) {
        return random.nextBoolean()
                ? Times.UNKNOWN
                : new Times(random.nextInt(3), random.nextInt(3));
    }
}
