package io.sluice.outbox;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.outbox.harness.Sources;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The relay's thread: wake-ups, and the ends it may come to. */
final class RelayTest {

    private static final long LIMIT_SECONDS = 30;

    /** Looks by itself once an hour: what is seen sooner was told. */
    private static final RelayOptions HOURLY =
            RelayOptions.DEFAULT
                    .withPollInterval(Duration.ofHours(1))
                    .withLease(Duration.ofHours(3));

    private Rig rig;
    private final BlockingQueue<Handed> handed = new LinkedBlockingQueue<>();
    private final BlockingQueue<String> said = new LinkedBlockingQueue<>();

    private record Handed(OutboxMessage message, CompletableFuture<Outcome> outcome) {}

    private final class Manual implements Publisher {
        @Override
        public List<CompletableFuture<Outcome>> publish(long batch, List<OutboxMessage> messages) {
            return messages.stream()
                    .map(message -> new Handed(message, new CompletableFuture<>()))
                    .peek(handed::add)
                    .map(Handed::outcome)
                    .toList();
        }

        @Override
        public void close(Duration patience) {
            said.add("publisher closed");
        }
    }

    private final RelayListener listener =
            new RelayListener() {
                @Override
                public void active() {
                    said.add("active");
                }

                @Override
                public void standby() {
                    said.add("standby");
                }

                @Override
                public void published(int messages) {
                    said.add("published " + messages);
                }
            };

    @BeforeEach
    void makeTables() throws SQLException {
        rig = new Rig(Sources.h2InMemory());
    }

    private Relay start() {
        return Relay.start(rig.source, Rig.TABLES, outbox -> new Manual(), HOURLY, listener);
    }

    private Handed next() throws InterruptedException {
        Handed next = handed.poll(LIMIT_SECONDS, TimeUnit.SECONDS);
        assertThat(next).isNotNull();
        return requireNonNull(next);
    }

    private void expect(String word) throws InterruptedException {
        assertThat(said.poll(LIMIT_SECONDS, TimeUnit.SECONDS)).isEqualTo(word);
    }

    @Test
    void aWakeUpIsSeenAtOnceAndSoIsAnOutcome() throws Exception {
        try (Relay relay = start()) {
            expect("active");
            rig.add(0, 1);
            relay.wake();
            next().outcome().complete(new Outcome.Stored());
            expect("published 1");
            assertThat(rig.count(Rig.TABLES.pending())).isZero();
            assertThat(relay.status().active()).isTrue();
            assertThat(relay.status().published()).isOne();
        }
    }

    @Test
    void closingWaitsForWhatIsInFlightAndFreesTheLease() throws Exception {
        rig.add(0, 2);
        Relay relay = start();
        expect("active");
        Handed first = next();
        Handed second = next();
        Thread closer = Thread.ofPlatform().start(() -> relay.close(Duration.ofHours(1)));
        first.outcome().complete(new Outcome.Stored());
        second.outcome().complete(new Outcome.Stored());
        closer.join();
        expect("published 2");
        expect("publisher closed");
        expect("standby");
        assertThat(rig.count(Rig.TABLES.pending())).isZero();
        // The lease is three hours long: only because it was given up another is active at once.
        try (Relay follower = start()) {
            expect("active");
            follower.close();
            follower.close();
        }
    }

    @Test
    void closingWithoutPatienceLeavesWhatIsNotAcknowledged() throws Exception {
        rig.add(0, 2);
        Relay relay = start();
        next().outcome().complete(new Outcome.Stored());
        next();
        relay.close(Duration.ZERO);
        assertThat(rig.count(Rig.TABLES.pending())).isOne();
        assertThat(relay.status().active()).isFalse();
    }
}
