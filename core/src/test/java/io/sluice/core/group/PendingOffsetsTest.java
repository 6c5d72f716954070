package io.sluice.core.group;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.group.GroupCommand.Caller;
import io.sluice.core.group.GroupReply.Done;
import io.sluice.core.group.GroupReply.Fetched;
import io.sluice.core.group.GroupReply.Guarded;
import io.sluice.core.group.GroupReply.Joined;
import io.sluice.core.group.GroupReply.PerPartition;
import io.sluice.core.group.assignor.PartitionSet;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TopicPartition;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class PendingOffsetsTest {

    private static final String GROUP = "g";
    private static final TopicPartition A = new TopicPartition("t", 0);
    private static final TopicPartition B = new TopicPartition("t", 1);
    private static final Caller NOBODY = new Caller(-1, "", Optional.empty());
    private static final long PRODUCER = 7;

    private final Room room = new Room(Room.SETTINGS);

    PendingOffsetsTest() {
        room.topics.put("t", 2);
    }

    private ErrorCode pend(
            Caller caller, long producer, int epoch, TopicPartition at, long offset) {
        Guarded guarded = room.now(new GroupCommand.Guard(producer, (short) epoch), Guarded.class);
        return guarded.error() == ErrorCode.NONE
                ? pend(caller, producer, epoch, guarded.guard(), at, offset)
                : guarded.error();
    }

    private ErrorCode pend(
            Caller caller, long producer, int epoch, long guard, TopicPartition at, long offset) {
        return room.now(
                        new GroupCommand.CommitInTransaction(
                                GROUP,
                                caller,
                                producer,
                                (short) epoch,
                                guard,
                                List.of(new GroupCommand.Offset(at, offset, 1, "m"))),
                        PerPartition.class)
                .errors()
                .getFirst();
    }

    private ErrorCode commit(TopicPartition at, long offset) {
        return room.now(
                        new GroupCommand.Commit(
                                GROUP,
                                NOBODY,
                                List.of(new GroupCommand.Offset(at, offset, 1, "m"))),
                        PerPartition.class)
                .errors()
                .getFirst();
    }

    private ErrorCode end(long producer, int epoch, boolean commit) {
        return end(producer, epoch, commit, false);
    }

    private ErrorCode end(long producer, int epoch, boolean commit, boolean endsEpoch) {
        return room.now(
                        new GroupCommand.EndTransaction(producer, (short) epoch, commit, endsEpoch),
                        Done.class)
                .error();
    }

    private Fetched fetched() {
        return room.now(
                new GroupCommand.Fetch(GROUP, Optional.empty(), Optional.of(List.of(A, B)), true),
                Fetched.class);
    }

    /** -1 for none. */
    private long offset(TopicPartition at) {
        GroupReply.Committed found = fetched().offsets().get(at);
        return found == null ? -1 : found.offset();
    }

    @Test
    void isSeenWhenTheTransactionIsCommitted() {
        commit(A, 3);
        assertThat(pend(NOBODY, PRODUCER, 0, A, 10)).isEqualTo(ErrorCode.NONE);
        assertThat(pend(NOBODY, PRODUCER, 0, B, 20)).isEqualTo(ErrorCode.NONE);
        assertThat(offset(A)).isEqualTo(3);
        assertThat(offset(B)).isEqualTo(-1);
        assertThat(fetched().unstable()).isEqualTo(Set.of(A, B));
        room.reload(true);
        assertThat(fetched().unstable()).isEqualTo(Set.of(A, B));
        assertThat(end(PRODUCER, 1, true)).isEqualTo(ErrorCode.NONE);
        assertThat(offset(A)).isEqualTo(10);
        assertThat(offset(B)).isEqualTo(20);
        assertThat(fetched().unstable()).isEmpty();
        assertThat(end(PRODUCER, 1, true)).isEqualTo(ErrorCode.NONE);
        room.reload(true);
        assertThat(offset(A)).isEqualTo(10);
    }

    @Test
    void goesWhenTheTransactionIsAborted() {
        commit(A, 3);
        pend(NOBODY, PRODUCER, 0, A, 10);
        assertThat(end(PRODUCER, 0, false)).isEqualTo(ErrorCode.NONE);
        assertThat(offset(A)).isEqualTo(3);
        assertThat(fetched().unstable()).isEmpty();
    }

    @Test
    void aZombieStoresNothingAndEndsNothing() {
        pend(NOBODY, PRODUCER, 4, A, 10);
        assertThat(pend(NOBODY, PRODUCER, 3, A, 11)).isEqualTo(ErrorCode.INVALID_PRODUCER_EPOCH);
        assertThat(end(PRODUCER, 3, false)).isEqualTo(ErrorCode.INVALID_PRODUCER_EPOCH);
        assertThat(end(PRODUCER, 5, true)).isEqualTo(ErrorCode.NONE);
        room.reload(true);
        assertThat(pend(NOBODY, PRODUCER, 4, A, 12)).isEqualTo(ErrorCode.INVALID_PRODUCER_EPOCH);
        assertThat(end(PRODUCER, 4, false)).isEqualTo(ErrorCode.INVALID_PRODUCER_EPOCH);
        assertThat(offset(A)).isEqualTo(10);
    }

    @Test
    void aDelayedMarkerTouchesNothingOfTheNextTransaction() {
        pend(NOBODY, PRODUCER, 0, A, 10);
        end(PRODUCER, 1, true);
        pend(NOBODY, PRODUCER, 1, A, 20);
        end(PRODUCER, 2, true);
        pend(NOBODY, PRODUCER, 2, A, 30);
        assertThat(end(PRODUCER, 1, true)).isEqualTo(ErrorCode.INVALID_PRODUCER_EPOCH);
        // The marker of the transaction just before has the epoch of the one that is open.
        assertThat(end(PRODUCER, 2, true, true)).isEqualTo(ErrorCode.INVALID_PRODUCER_EPOCH);
        assertThat(offset(A)).isEqualTo(20);
        assertThat(fetched().unstable()).isEqualTo(Set.of(A));
        assertThat(end(PRODUCER, 3, true, true)).isEqualTo(ErrorCode.NONE);
        assertThat(end(PRODUCER, 3, true, true)).isEqualTo(ErrorCode.NONE);
        assertThat(offset(A)).isEqualTo(30);
    }

    @Test
    void whatTheCoordinatorSaidBeforeTheMarkerIsNotBelievedAfterIt() {
        GroupCommand.Guard ask = new GroupCommand.Guard(PRODUCER, (short) 0);
        Guarded before = room.now(ask, Guarded.class);
        assertThat(before.open()).isFalse();
        end(PRODUCER, 0, false);
        assertThat(pend(NOBODY, PRODUCER, 0, before.guard(), A, 10))
                .isEqualTo(ErrorCode.COORDINATOR_LOAD_IN_PROGRESS);
        Guarded after = room.now(ask, Guarded.class);
        assertThat(pend(NOBODY, PRODUCER, 0, after.guard(), A, 10)).isEqualTo(ErrorCode.NONE);
        assertThat(room.now(ask, Guarded.class).open()).isTrue();
        room.reload(true);
        assertThat(room.now(ask, Guarded.class).open()).isTrue();
        assertThat(pend(NOBODY, 8, 0, after.guard(), A, 10))
                .isEqualTo(ErrorCode.COORDINATOR_LOAD_IN_PROGRESS);
    }

    @Test
    void anOffsetStoredOutsideIsNewerThanWhatIsPending() {
        pend(NOBODY, PRODUCER, 0, A, 10);
        commit(A, 11);
        assertThat(fetched().unstable()).isEmpty();
        room.reload(true);
        end(PRODUCER, 1, true);
        assertThat(offset(A)).isEqualTo(11);
    }

    @Test
    void ofTwoProducersTheOneThatStoredLastWins() {
        for (boolean lastFirst : new boolean[] {true, false}) {
            pend(NOBODY, 1, 0, A, 10);
            pend(NOBODY, 2, 0, A, 20);
            end(lastFirst ? 2 : 1, 0, true);
            room.reload(true);
            end(lastFirst ? 1 : 2, 0, true);
            assertThat(offset(A)).isEqualTo(20);
            assertThat(fetched().unstable()).isEmpty();
        }
    }

    @Test
    void aFencedMemberStoresNothing() {
        Joined joined =
                room.now(GroupCoordinatorTest.join("", "one", Optional.empty()), Joined.class);
        Caller member = new Caller(joined.generation(), "one", Optional.empty());
        // While the group assigns the member may still end what it began.
        assertThat(pend(member, PRODUCER, 0, A, 1)).isEqualTo(ErrorCode.NONE);
        assertThat(pend(new Caller(member.generation() + 1, "one", Optional.empty()), 1, 0, A, 1))
                .isEqualTo(ErrorCode.ILLEGAL_GENERATION);
        assertThat(pend(new Caller(member.generation(), "two", Optional.empty()), 1, 0, A, 1))
                .isEqualTo(ErrorCode.UNKNOWN_MEMBER_ID);
        // Producers before KIP-447 do not say for whom they store.
        assertThat(pend(NOBODY, PRODUCER, 0, A, 1)).isEqualTo(ErrorCode.NONE);
    }

    @Test
    void aFencedMemberOfTheNewProtocolStoresNothing() {
        GroupReply.Beaten beaten =
                room.now(
                        new BeatMaker(GROUP, "one", 0)
                                .wants(List.of("t"))
                                .timeout(10_000)
                                .owns(PartitionSet.NONE)
                                .full()
                                .made(),
                        GroupReply.Beaten.class);
        assertThat(pend(new Caller(beaten.epoch(), "one", Optional.empty()), 1, 0, A, 1))
                .isEqualTo(ErrorCode.NONE);
        assertThat(pend(new Caller(beaten.epoch() - 1, "one", Optional.empty()), 2, 0, A, 1))
                .isEqualTo(ErrorCode.STALE_MEMBER_EPOCH);
    }

    @Test
    void aGroupWithPendingOffsetsIsNotForgotten() {
        pend(NOBODY, PRODUCER, 0, A, 10);
        room.advance(300_000);
        assertThat(fetched().unstable()).isEqualTo(Set.of(A));
        end(PRODUCER, 1, true);
        assertThat(offset(A)).isEqualTo(10);
    }

    @Test
    void aGroupThatIsDeletedTakesThemAlong() {
        pend(NOBODY, PRODUCER, 0, A, 10);
        assertThat(room.now(new GroupCommand.Delete(GROUP), Done.class).error())
                .isEqualTo(ErrorCode.NONE);
        end(PRODUCER, 1, true);
        assertThat(offset(A)).isEqualTo(-1);
        pend(NOBODY, PRODUCER, 1, A, 10);
        room.now(new GroupCommand.TopicsGone(Set.of("t")), Done.class);
        end(PRODUCER, 2, true);
        assertThat(offset(A)).isEqualTo(-1);
        pend(NOBODY, PRODUCER, 2, A, 10);
        room.now(new GroupCommand.DeleteOffsets(GROUP, List.of(A)), PerPartition.class);
        end(PRODUCER, 3, true);
        assertThat(offset(A)).isEqualTo(-1);
    }

    @Test
    void aSilentProducerIsForgottenInTime() {
        pend(NOBODY, PRODUCER, 4, A, 10);
        end(PRODUCER, 5, true);
        room.advance(50_000);
        room.reload(true);
        assertThat(pend(NOBODY, PRODUCER, 4, A, 11)).isEqualTo(ErrorCode.INVALID_PRODUCER_EPOCH);
        room.advance(120_000);
        room.reload(true);
        assertThat(pend(NOBODY, PRODUCER, 4, A, 11)).isEqualTo(ErrorCode.NONE);
    }
}
