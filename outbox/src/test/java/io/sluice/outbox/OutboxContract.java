package io.sluice.outbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What holds on every database. */
abstract class OutboxContract {

    private static final int MESSAGES = 14;

    private Rig rig;

    abstract DataSource source();

    @BeforeEach
    void makeTables() throws SQLException {
        rig = new Rig(source());
    }

    // Writing

    @Test
    void aMessageSharesTheFateOfItsTransaction() throws SQLException {
        try (Connection connection = rig.source.getConnection()) {
            connection.setAutoCommit(false);
            Rig.OUTBOX.add(connection, OutboxMessage.to("t").value("no").build());
            connection.rollback();
            Rig.OUTBOX.add(connection, OutboxMessage.to("t").id("1").key("k").value("v1").build());
            connection.commit();
        }
        rig.drain(rig.relay(rig.source, rig.broker.immediate(Faults.none())));
        assertThat(rig.broker.storedIds()).containsExactly("1");
    }

    @Test
    void whatIsWrittenArrivesAsItIs() throws SQLException {
        OutboxMessage full =
                OutboxMessage.to("t")
                        .id("mine")
                        .key(new byte[] {0, -1})
                        .value(new byte[70_000])
                        .partition(2)
                        .header("a", "ä")
                        .header("a", new byte[0])
                        .timestampMs(1_700_000_000_123L)
                        .build();
        OutboxMessage empty = OutboxMessage.to("t").id("empty").timestampMs(5).build();
        try (Connection connection = rig.source.getConnection()) {
            connection.setAutoCommit(false);
            Rig.OUTBOX.addAll(connection, List.of(full, empty));
            connection.commit();
        }
        rig.drain(rig.relay(rig.source, rig.broker.immediate(Faults.none())));
        assertThat(rig.broker.stored)
                .usingRecursiveFieldByFieldElementComparator()
                .containsExactly(full, empty);
    }

    @Test
    void whatCannotBeSentIsNotWritten() throws SQLException {
        OutboxMessage large =
                OutboxMessage.to("t").value(new byte[Outbox.DEFAULT_MAX_MESSAGE_BYTES + 1]).build();
        try (Connection connection = rig.source.getConnection()) {
            assertThatThrownBy(() -> Rig.OUTBOX.add(connection, OutboxMessage.to("t").build()))
                    .hasMessageContaining("auto-commit");
            connection.setAutoCommit(false);
            assertThatThrownBy(() -> Rig.OUTBOX.add(connection, large))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("1000001 bytes");
        }
        assertThatThrownBy(() -> OutboxMessage.to("a topic").build())
                .isInstanceOf(IllegalArgumentException.class);
        assertThat(rig.count(Rig.TABLES.pending())).isZero();
    }

    @Test
    void programsOfOtherLanguagesWriteBySql() throws SQLException {
        try (Connection connection = rig.source.getConnection();
                Statement statement = connection.createStatement()) {
            statement.executeUpdate(
                    "INSERT INTO test_outbox (topic, message_key) VALUES ('t', NULL)");
            statement.executeUpdate(
                    "INSERT INTO test_outbox (message_id, topic) VALUES ('bad', 'no topic!')");
        }
        rig.drain(rig.relay(rig.source, rig.broker.immediate(Faults.none())));
        assertThat(rig.broker.storedIds()).singleElement().asString().hasSize(36);
        assertThat(rig.events).anyMatch(event -> event.startsWith("parked bad: not a message"));
        assertThat(rig.count(Rig.TABLES.parked())).isOne();
    }

    @Test
    void theBacklogIsToldForAlarms() throws SQLException {
        try (Connection connection = rig.source.getConnection()) {
            assertThat(Rig.OUTBOX.backlog(connection)).isEqualTo(new Outbox.Backlog(0, -1));
            connection.setAutoCommit(false);
            for (long time : List.of(70L, 50L)) {
                Rig.OUTBOX
                        .withClock(() -> Instant.ofEpochMilli(time))
                        .add(connection, OutboxMessage.to("t").build());
            }
            assertThat(Rig.OUTBOX.backlog(connection)).isEqualTo(new Outbox.Backlog(2, 50));
        }
    }

    // Killed

    @ParameterizedTest
    @EnumSource
    void killedAtAnyStepItLosesNothingAndKeepsTheOrder(Faults.Moment moment) throws Exception {
        killAtEveryStep(moment, false);
    }

    @ParameterizedTest
    @EnumSource
    void killedAtAnyStepNothingIsTwiceWhereBatchesAreRemembered(Faults.Moment moment)
            throws Exception {
        killAtEveryStep(moment, true);
    }

    private void killAtEveryStep(Faults.Moment moment, boolean remembered) throws Exception {
        boolean anyTwice = false;
        for (int step = 1; ; step++) {
            rig = new Rig(source());
            rig.add(0, MESSAGES / 2);
            rig.add(FakeBroker.POISON, "k", "-1");
            rig.add(MESSAGES / 2, MESSAGES);
            Faults faults = Faults.killAt(step, moment);
            FaultySource first = new FaultySource(rig.source, faults::step);
            try {
                rig.drain(
                        rig.relay(
                                first.source(),
                                remembered
                                        ? rig.broker.transactional(faults)
                                        : rig.broker.immediate(faults)));
            } catch (Faults.Killed e) {
                assertThat(faults.happened()).isTrue();
            }
            first.disconnect();
            rig.drain(
                    rig.relay(
                            rig.source,
                            remembered
                                    ? rig.broker.transactional(Faults.none())
                                    : rig.broker.immediate(Faults.none())));
            rig.assertComplete(MESSAGES);
            assertThat(rig.count(Rig.TABLES.parked())).as("killed at %d", step).isOne();
            boolean twice = rig.broker.stored.size() > MESSAGES;
            anyTwice |= twice;
            assertThat(twice && remembered).as("twice, killed at %d", step).isFalse();
            if (!faults.happened()) {
                assertThat(step).as("steps that were tried").isGreaterThan(20);
                assertThat(anyTwice)
                        .as("a kill between storing and deleting")
                        .isNotEqualTo(remembered);
                return;
            }
        }
    }

    /** The database answers nothing any more: what it did before is unknown to the relay. */
    @ParameterizedTest
    @EnumSource
    void aConnectionCutAtAnyStepLosesNothing(Faults.Moment moment) throws Exception {
        for (int step = 1; ; step++) {
            rig = new Rig(source());
            rig.add(0, MESSAGES);
            AtomicInteger left = new AtomicInteger(step);
            FaultySource cut = new FaultySource(rig.source, new Cut(left, moment));
            rig.drain(rig.relay(cut.source(), rig.broker.immediate(Faults.none())));
            cut.disconnect();
            rig.assertComplete(MESSAGES);
            // The process that sent them lives and knows: nothing is sent twice.
            assertThat(rig.broker.stored).as("cut at %d", step).hasSize(MESSAGES);
            if (left.get() > 0) {
                assertThat(step).isGreaterThan(20);
                return;
            }
        }
    }

    /** Fails one round trip. */
    private record Cut(AtomicInteger left, Faults.Moment moment) implements FaultySource.Trip {
        @Override
        public <T> T around(Callable<T> work) throws Exception {
            boolean now = left.decrementAndGet() == 0;
            if (now && moment == Faults.Moment.BEFORE) {
                throw new SQLException("cut");
            }
            T result = work.call();
            if (now) {
                throw new SQLException("cut");
            }
            return result;
        }
    }

    // Order and commits

    @Test
    void aTransactionThatCommitsLateIsNotPassedOver() throws SQLException {
        RelayLoop relay = rig.relay(rig.source, rig.broker.immediate(Faults.none()));
        try (Connection slow = rig.source.getConnection()) {
            slow.setAutoCommit(false);
            Rig.OUTBOX.add(slow, OutboxMessage.to("t").id("1").key("a").value("v1").build());
            rig.add("t", "b", "2");
            rig.run(relay, Duration.ofSeconds(3));
            assertThat(rig.broker.storedIds()).containsExactly("2");
            slow.commit();
        }
        rig.drain(relay);
        assertThat(rig.broker.storedIds()).containsExactly("2", "1");
    }

    // Several relays

    @Test
    void oneIsActiveAndAnotherFollowsWhenItStops() throws SQLException {
        RelayLoop first = rig.relay(rig.source, rig.broker.immediate(Faults.none()));
        RelayLoop second = rig.relay(rig.source, rig.broker.immediate(Faults.none()));
        rig.step(first);
        for (int i = 0; i < 200; i++) {
            rig.step(second);
            rig.step(first);
        }
        assertThat(first.isActive()).isTrue();
        assertThat(second.isActive()).isFalse();
        first.finish();
        long before = rig.nanos;
        rig.run(second, Duration.ofSeconds(4));
        assertThat(second.isActive()).isTrue();
        assertThat(Duration.ofNanos(rig.nanos - before)).isLessThan(Duration.ofSeconds(9));
        second.finish();
    }

    @Test
    void aRelayThatWasPausedDeletesNothingAfterAnotherTookOver() throws SQLException {
        FakeBroker.Delayed buffer = rig.broker.delayed();
        RelayLoop paused = rig.relay(rig.source, outbox -> buffer);
        rig.add(0, 6);
        for (int i = 0; i < 5; i++) {
            rig.step(paused);
        }
        RelayLoop second = rig.relay(rig.source, rig.broker.immediate(Faults.none()));
        rig.drain(second);
        rig.add(6, 9);
        buffer.deliver(100, true);
        for (int i = 0; i < 5; i++) {
            paused.step();
        }
        assertThat(paused.isActive()).isFalse();
        rig.drain(second);
        rig.assertComplete(9);
        assertThat(rig.events).contains("relay-0 standby");
        second.finish();
        paused.finish();
    }

    // What cannot be sent

    @Test
    void poisonIsParkedAndMayBeRetried() throws SQLException {
        rig.add(FakeBroker.POISON, "k", "100");
        rig.add(0, 9);
        RelayLoop relay = rig.relay(rig.source, rig.broker.immediate(Faults.none()));
        rig.drain(relay);
        rig.assertComplete(9);
        ParkedMessages parked = new ParkedMessages(Rig.TABLES);
        try (Connection connection = rig.source.getConnection()) {
            List<ParkedMessages.Parked> list = parked.list(connection, 10);
            assertThat(list)
                    .singleElement()
                    .satisfies(one -> {
                        assertThat(one.messageId()).isEqualTo("100");
                        assertThat(one.reason()).isEqualTo("poison");
                        assertThat(one.bytes()).isEqualTo(5);
                    });
            long seq = list.getFirst().seq();
            assertThatThrownBy(() -> parked.retry(connection, seq))
                    .hasMessageContaining("auto-commit");
            connection.setAutoCommit(false);
            assertThat(parked.retryAll(connection, 10)).isOne();
            assertThat(parked.retry(connection, seq)).isFalse();
            connection.commit();
        }
        rig.drain(relay);
        try (Connection connection = rig.source.getConnection()) {
            ParkedMessages.Parked again = parked.list(connection, 10).getFirst();
            assertThat(again.messageId()).isEqualTo("100");
            assertThat(parked.discard(connection, again.seq())).isTrue();
            assertThat(parked.list(connection, 10)).isEmpty();
        }
    }

    @Test
    void anUnknownTopicHoldsBackItsOwnMessagesOnlyAndIsParkedInTheEnd() throws SQLException {
        rig.broker.missing.add("later");
        rig.broker.missing.add("never");
        rig.add("never", "k", "100");
        rig.add("later", "k", "101");
        rig.add("later", "k", "102");
        rig.add(0, 30);
        RelayLoop relay = rig.relay(rig.source, rig.broker.immediate(Faults.none()));
        rig.run(relay, Duration.ofSeconds(5));
        assertThat(rig.broker.storedIds()).hasSize(30);
        rig.broker.missing.remove("later");
        rig.run(relay, Duration.ofSeconds(5));
        assertThat(rig.broker.storedIds()).hasSize(32).endsWith("101", "102");
        assertThat(rig.count(Rig.TABLES.parked())).isZero();
        rig.run(relay, Rig.OPTIONS.parkAfter().plusSeconds(5));
        assertThat(rig.count(Rig.TABLES.parked())).isOne();
        assertThat(rig.count(Rig.TABLES.pending())).isZero();
        assertThat(rig.events).contains("parked 100: no such topic");
    }

    @Test
    void aTopicThatDoesNotAnswerStopsNoOther() throws SQLException {
        rig.broker.silent.add("silent");
        for (int i = 0; i < 40; i++) {
            rig.add("silent", "s", Integer.toString(1_000 + i));
            rig.add("t", "k", Integer.toString(i));
        }
        RelayLoop relay = rig.relay(rig.source, rig.broker.immediate(Faults.none()));
        rig.run(relay, Duration.ofSeconds(30));
        assertThat(rig.broker.storedIds()).hasSize(40);
        assertThat(relay.inFlight()).isBetween(1, Rig.OPTIONS.maxInFlight());
        // The topic turns out to be gone: what hangs is taken back and parked.
        rig.broker.silent.remove("silent");
        rig.broker.missing.add("silent");
        rig.run(relay, Rig.OPTIONS.parkAfter().multipliedBy(3));
        assertThat(rig.count(Rig.TABLES.parked())).isEqualTo(40);
        assertThat(relay.inFlight()).isZero();
    }

    @Test
    void aBrokerThatIsAwayIsWaitedFor() throws SQLException {
        rig.add(0, 9);
        rig.broker.away = true;
        RelayLoop relay = rig.relay(rig.source, rig.broker.immediate(Faults.none()));
        rig.run(relay, Duration.ofHours(1));
        assertThat(rig.count(Rig.TABLES.parked())).isZero();
        long failures = rig.events.stream().filter(event -> event.startsWith("failed")).count();
        assertThat(failures).as("tries in an hour").isBetween(1_000L, 5_000L);
        rig.broker.away = false;
        rig.drain(relay);
        rig.assertComplete(9);
        rig.broker.away = true;
        rig.add(9, 12);
        rig.run(relay, Duration.ofMinutes(1));
        rig.broker.away = false;
        rig.drain(relay);
        rig.assertComplete(12);
    }

    @Test
    void whatIsInMemoryIsBounded() throws SQLException {
        RelayOptions small = Rig.OPTIONS.withBatch(4, 2_000);
        for (int i = 0; i < 9; i++) {
            try (Connection connection = rig.source.getConnection()) {
                connection.setAutoCommit(false);
                byte[] value = new byte[i == 4 ? 10_000 : 900];
                Rig.OUTBOX.add(connection, OutboxMessage.to("t").id("m" + i).value(value).build());
                connection.commit();
            }
        }
        HashSet<Integer> sizes = new HashSet<>();
        Publisher.Factory inner = rig.broker.immediate(Faults.none());
        RelayLoop relay =
                rig.relay(rig.source, outbox -> new Watched(inner.open(outbox), sizes), small);
        rig.drain(relay);
        assertThat(rig.broker.storedIds()).hasSize(9).isSorted();
        assertThat(sizes).containsExactlyInAnyOrder(1, 2);
    }

    private record Watched(Publisher inner, HashSet<Integer> sizes) implements Publisher {
        @Override
        public List<java.util.concurrent.CompletableFuture<Outcome>> publish(
                long batch, List<OutboxMessage> messages) {
            sizes.add(messages.size());
            return inner.publish(batch, messages);
        }

        @Override
        public void close(Duration patience) {
            inner.close(patience);
        }
    }
}
