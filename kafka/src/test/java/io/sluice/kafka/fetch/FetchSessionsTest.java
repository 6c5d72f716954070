package io.sluice.kafka.fetch;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** The bound of fetch sessions, and which one makes room. */
final class FetchSessionsTest {

    private static final long NOW = 1_000;
    private static final long IDLE = NOW + FetchSessions.EVICTABLE_MS;

    private final FetchSessions sessions = new FetchSessions(2);

    private FetchSession create(long connection, int size, long nowMs) {
        return requireNonNull(sessions.create(connection, true, size, nowMs));
    }

    @Test
    void atTheBoundTheLongestIdleMakesRoomAndOnlyWhenIdleLongEnough() {
        FetchSession used = create(1, 10, NOW);
        FetchSession idle = create(2, 20, NOW);
        assertThat(sessions.find(used.id(), 1, NOW + 1)).isSameAs(used);
        assertThat(sessions.create(3, true, 5, IDLE - 1)).isNull();
        FetchSession late = create(3, 5, IDLE);
        assertThat(sessions.find(idle.id(), 2, IDLE)).isNull();
        assertThat(sessions.find(used.id(), 1, IDLE)).isSameAs(used);
        assertThat(sessions.find(late.id(), 3, IDLE)).isSameAs(late);
        assertThat(sessions.size()).isEqualTo(2);
        assertThat(sessions.partitions()).isEqualTo(15);
    }

    @Test
    void whatWasEvictedCanNeitherGrowNorBeForgottenTwice() {
        FetchSession idle = create(1, 10, NOW);
        create(2, 20, IDLE);
        create(3, 5, IDLE);
        assertThat(sessions.resized(idle, 11)).isFalse();
        sessions.remove(idle.id(), 1);
        assertThat(sessions.partitions()).isEqualTo(25);
    }

    @Test
    void whoIsRefusedThrowsNobodyOut() {
        FetchSession idle = create(1, 10, NOW);
        FetchSession large = create(2, FetchSessions.MAX_PARTITIONS - 10, NOW);
        assertThat(sessions.create(3, true, 11, IDLE)).as("too many partitions").isNull();
        assertThat(sessions.find(idle.id(), 1, NOW)).isSameAs(idle);
        assertThat(sessions.find(large.id(), 2, NOW)).isSameAs(large);
        assertThat(sessions.partitions()).isEqualTo(FetchSessions.MAX_PARTITIONS);
        FetchSession late = create(3, 10, IDLE);
        assertThat(sessions.find(idle.id(), 1, IDLE)).as("it made room").isNull();
        assertThat(sessions.find(late.id(), 3, IDLE)).isSameAs(late);
    }
}
