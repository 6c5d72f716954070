package io.sluice.kafka.share;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.model.Uuid;
import io.sluice.core.share.ShareKey;
import io.sluice.engine.share.Demand.Wanted;
import io.sluice.kafka.share.ShareSession.Owner;
import org.junit.jupiter.api.Test;

final class ShareSessionsTest {

    private static final Owner ONE = new Owner("g", "one");
    private static final Owner TWO = new Owner("g", "two");

    private final ShareSessions sessions = new ShareSessions(2);

    private static ShareKey queue(int partition) {
        return new ShareKey("g", new Uuid(1, 2), partition);
    }

    private ShareSession open(Owner owner, long connection) {
        return requireNonNull(sessions.open(owner, connection));
    }

    @Test
    void thereIsRoomForSoMany() {
        open(ONE, 1);
        open(TWO, 1);
        assertThat(sessions.open(new Owner("h", "one"), 1)).isNull();
        open(ONE, 2); // in the place of its own
        assertThat(sessions.size()).isEqualTo(2);
    }

    @Test
    void aSessionIsItsConnectionsAlone() {
        ShareSession first = open(ONE, 1);
        assertThat(sessions.find(ONE, 1)).isSameAs(first);
        assertThat(sessions.find(ONE, 2)).isNull();
        ShareSession second = open(ONE, 2);
        assertThat(sessions.close(first)).isFalse();
        assertThat(sessions.find(ONE, 2)).isSameAs(second);
        assertThat(sessions.close(second)).isTrue();
        assertThat(sessions.size()).isZero();
    }

    @Test
    void queuesAreCounted() {
        ShareSession session = open(ONE, 1);
        session.add(queue(0));
        session.add(queue(1));
        assertThat(sessions.resized(session)).isTrue();
        assertThat(sessions.queues()).isEqualTo(2);
        session.forget(queue(0));
        sessions.resized(session);
        assertThat(sessions.queues()).isEqualTo(1);
        open(ONE, 1);
        assertThat(sessions.queues()).isZero();
        assertThat(sessions.resized(session)).isFalse();
    }

    @Test
    void epochsGoOneByOne() {
        ShareSession session = open(ONE, 1);
        assertThat(session.advance(2)).isFalse();
        assertThat(session.advance(1)).isTrue();
        assertThat(session.advance(1)).isFalse();
        assertThat(session.advance(2)).isTrue();
    }

    @Test
    void eachQueueIsNewOnceAndAnotherOneComesFirstEachTime() {
        ShareSession session = open(ONE, 1);
        session.add(queue(0));
        session.add(queue(1));
        assertThat(session.wanted())
                .containsExactly(new Wanted(queue(1), true), new Wanted(queue(0), true));
        session.advance(1);
        session.add(queue(0));
        assertThat(session.wanted())
                .containsExactly(new Wanted(queue(0), false), new Wanted(queue(1), false));
    }
}
