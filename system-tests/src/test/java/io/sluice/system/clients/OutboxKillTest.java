package io.sluice.system.clients;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.outbox.Outbox;
import io.sluice.outbox.OutboxMessage;
import io.sluice.outbox.OutboxTables;
import io.sluice.outbox.ParkedMessages;
import io.sluice.outbox.example.OrderService;
import io.sluice.system.harness.Await;
import io.sluice.system.harness.BrokerProcess;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Services write business rows and messages in one transaction while relays are killed, and stopped
 * for longer than their lease, and the broker is killed. In the end every committed message is at
 * the broker, no other one is, those of an account are in order, and what came twice came with the
 * same id; where the relay sends in transactions, nothing came twice.
 */
final class OutboxKillTest {

    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final String TOPIC = "accounts";
    private static final int PARTITIONS = 3;
    private static final int ACCOUNTS = 5;
    private static final int WRITERS = 3;
    private static final int RELAY_KILLS = 4;
    private static final int BROKER_KILLS = 2;
    private static final int MOST_PENDING = 1_000;
    private static final Outbox OUTBOX = Outbox.in(OutboxTables.DEFAULT);

    @TempDir Path home;

    /** What each account's row says after each commit: id of the message to its number. */
    private final Map<String, Integer> committed = new ConcurrentHashMap<>();

    enum Way {
        H2(OutboxDatabase.Kind.H2, "plain"),
        POSTGRESQL(OutboxDatabase.Kind.POSTGRESQL, "plain"),
        EXACTLY_ONCE(OutboxDatabase.Kind.POSTGRESQL, "transactional");

        private final OutboxDatabase.Kind kind;
        private final String publisher;

        Way(OutboxDatabase.Kind kind, String publisher) {
            this.kind = kind;
            this.publisher = publisher;
        }

        /** A relay that stops within a transaction keeps the row of the lease locked elsewhere. */
        boolean endsTransactionsOfStopped() {
            return kind == OutboxDatabase.Kind.POSTGRESQL;
        }

        boolean isExactlyOnce() {
            return publisher.equals("transactional");
        }
    }

    @ParameterizedTest
    @EnumSource
    void killedAndStoppedRelaysAndBrokersLoseNothing(Way way) throws Exception {
        long seed = Long.getLong("sluice.seed", System.nanoTime());
        Random random = new Random(seed);
        List<OutboxProcess> relays = new ArrayList<>();
        try (OutboxDatabase database = OutboxDatabase.start(way.kind, home);
                BrokerProcess broker = BrokerProcess.start(home.resolve("broker"))) {
            Clients.createTopic(broker.bootstrap(), TOPIC, PARTITIONS, Map.of());
            makeTables(database);
            AtomicBoolean stop = new AtomicBoolean();
            List<Thread> writers = new ArrayList<>();
            for (int writer = 0; writer < WRITERS; writer++) {
                long own = random.nextLong();
                writers.add(Thread.ofPlatform().start(() -> write(database, own, stop)));
            }
            relays.add(start(database, broker, way));
            relays.add(start(database, broker, way));
            for (int kill = 0; kill < RELAY_KILLS; kill++) {
                OutboxProcess active = awaitOneActive(relays);
                awaitPublished(database, random.nextInt(400));
                if (kill % (RELAY_KILLS / BROKER_KILLS) == 1) {
                    broker.kill();
                    broker.restart();
                    awaitPublished(database, 1);
                }
                if (way.endsTransactionsOfStopped() && kill % 2 == 0) {
                    stopForLonger(active, relays, database);
                    active = awaitOneActive(relays);
                    awaitPublished(database, random.nextInt(400));
                }
                active.kill();
                relays.remove(active);
                relays.add(start(database, broker, way));
            }
            stop.set(true);
            for (Thread writer : writers) {
                writer.join();
            }
            Await.until("all is sent", LIMIT, () -> pending(database) == 0);
            for (OutboxProcess relay : relays) {
                relay.stop();
            }
            verify(database, broker, way);
        } catch (AssertionError e) {
            throw new AssertionError("seed " + seed + "; " + said(relays), e);
        } finally {
            relays.forEach(OutboxProcess::close);
        }
    }

    private static String said(List<OutboxProcess> relays) {
        return String.join("\n", relays.stream().map(OutboxProcess::said).toList());
    }

    /** It misses the end of its lease, sees another one lead when it goes on, and stands by. */
    private void stopForLonger(
            OutboxProcess active, List<OutboxProcess> relays, OutboxDatabase database)
            throws Exception {
        OutboxProcess other = relays.stream().filter(one -> one != active).findAny().orElseThrow();
        active.signal("STOP");
        Await.until("another relay leads", LIMIT, other::isActive);
        awaitPublished(database, 2 * OutboxProgram.OPTIONS.batchMessages());
        active.signal("CONT");
        Await.until("it stands by", LIMIT, () -> !active.isActive());
    }

    private OutboxProcess start(OutboxDatabase database, BrokerProcess broker, Way way) {
        return OutboxProcess.start(
                home,
                System.getProperty("java.class.path"),
                database.url(),
                database.user(),
                broker.bootstrap(),
                way.publisher);
    }

    private static OutboxProcess awaitOneActive(List<OutboxProcess> relays) {
        Await.until(
                "a relay is active",
                LIMIT,
                () -> relays.stream().anyMatch(OutboxProcess::isActive));
        return relays.stream().filter(OutboxProcess::isActive).findFirst().orElseThrow();
    }

    private void awaitPublished(OutboxDatabase database, int more) {
        int goal = published(database) + more;
        Await.until("messages are sent", LIMIT, () -> published(database) >= goal);
    }

    private int published(OutboxDatabase database) {
        return committed.size() - pending(database);
    }

    // The service

    private static void makeTables(OutboxDatabase database) throws SQLException {
        try (Connection connection = database.source().getConnection();
                Statement statement = connection.createStatement()) {
            OutboxTables.DEFAULT.create(connection);
            statement.execute("CREATE TABLE account (id INT PRIMARY KEY, changes INT NOT NULL)");
            for (int account = 0; account < ACCOUNTS; account++) {
                statement.execute("INSERT INTO account VALUES (" + account + ", 0)");
            }
        }
    }

    private void write(OutboxDatabase database, long seed, AtomicBoolean stop) {
        Random random = new Random(seed);
        try (Connection connection = database.source().getConnection()) {
            connection.setAutoCommit(false);
            for (int i = 1; !stop.get(); i++) {
                change(connection, random.nextInt(ACCOUNTS), random.nextInt(10) == 0);
                if (i % 50 == 0) {
                    Await.until(
                            "the relay keeps up",
                            LIMIT,
                            () -> stop.get() || pending(database) < MOST_PENDING);
                }
            }
        } catch (SQLException e) {
            throw new AssertionError("the service failed", e);
        }
    }

    /** The account's row is locked first: that is what orders its messages. */
    private void change(Connection connection, int account, boolean rollBack) throws SQLException {
        int number;
        try (PreparedStatement update =
                        connection.prepareStatement(
                                "UPDATE account SET changes = changes + 1 WHERE id = ?");
                PreparedStatement select =
                        connection.prepareStatement("SELECT changes FROM account WHERE id = ?")) {
            update.setInt(1, account);
            update.executeUpdate();
            select.setInt(1, account);
            try (ResultSet row = select.executeQuery()) {
                row.next();
                number = row.getInt(1);
            }
        }
        OutboxMessage message =
                OutboxMessage.to(TOPIC)
                        .key("account-" + account)
                        .value(Integer.toString(number))
                        .build();
        OUTBOX.add(connection, message);
        if (rollBack) {
            connection.rollback();
        } else {
            connection.commit();
            committed.put(message.id(), number);
        }
    }

    private static int pending(OutboxDatabase database) {
        return count(database, "sluice_outbox");
    }

    private static int count(OutboxDatabase database, String table) {
        try (Connection connection = database.source().getConnection();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT COUNT(*) FROM " + table)) {
            row.next();
            return row.getInt(1);
        } catch (SQLException e) {
            throw new AssertionError(e);
        }
    }

    private void verify(OutboxDatabase database, BrokerProcess broker, Way way)
            throws SQLException {
        Map<String, Integer> arrived = new HashMap<>();
        Map<String, Integer> last = new HashMap<>();
        int twice = 0;
        for (ConsumerRecord<byte[], byte[]> record :
                Clients.readCommitted(broker.bootstrap(), TOPIC)) {
            String id = text(record.headers().lastHeader(OutboxMessage.ID_HEADER).value());
            int number = Integer.parseInt(text(record.value()));
            Integer before = arrived.put(id, number);
            if (before != null) {
                twice++;
                assertThat(number).as("the same id is the same message").isEqualTo(before);
                continue;
            }
            // Each change of an account, one by one: nothing is missing, nothing is out of order.
            assertThat(number)
                    .as("after %s", last)
                    .isEqualTo(last.getOrDefault(text(record.key()), 0) + 1);
            last.put(text(record.key()), number);
        }
        assertThat(arrived).isEqualTo(committed);
        int interruptions = 2 * RELAY_KILLS + BROKER_KILLS;
        assertThat(twice)
                .as("what was in flight at a kill")
                .isLessThanOrEqualTo(
                        way.isExactlyOnce()
                                ? 0
                                : interruptions * OutboxProgram.OPTIONS.maxInFlight());
        try (Connection connection = database.source().getConnection();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SELECT id, changes FROM account")) {
            while (rows.next()) {
                assertThat(last).containsEntry("account-" + rows.getInt(1), rows.getInt(2));
            }
        }
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    @Test
    void theProgramOfTheGuideRuns() throws Exception {
        try (BrokerProcess broker = BrokerProcess.start(home)) {
            Clients.createTopic(broker.bootstrap(), "orders", PARTITIONS, Map.of());
            OrderService.main(new String[] {broker.bootstrap()});
            assertThat(Clients.readAll(broker.bootstrap(), "orders"))
                    .extracting(record -> text(record.key()) + " " + text(record.value()))
                    .containsExactlyInAnyOrder("o-1 2 coffee", "o-3 1 cake");
        }
    }

    // What a broker does not take

    /** The library's own jar says nothing of a version: the service brings its client. */
    @ParameterizedTest
    @ValueSource(strings = {"here", "3.9.1", "2.8.2"})
    void whatTheBrokerRefusesIsParkedAndStopsNothingElse(String client) throws Exception {
        try (OutboxDatabase database = OutboxDatabase.start(OutboxDatabase.Kind.H2, home);
                BrokerProcess broker =
                        BrokerProcess.start(
                                home.resolve("broker"), "auto.create.topics.enable=false")) {
            Clients.createTopic(broker.bootstrap(), TOPIC, PARTITIONS, Map.of());
            Clients.createTopic(
                    broker.bootstrap(), "narrow", 1, Map.of("max.message.bytes", "1000"));
            makeTables(database);
            add(database, OutboxMessage.to("missing").id("no-topic").key("k").build());
            add(database, OutboxMessage.to(TOPIC).id("no-partition").partition(9).build());
            // Larger than a batch of the client, so alone in one: older clients split a batch that
            // is too large for its topic into the same batch again (KAFKA-8350).
            add(database, OutboxMessage.to("narrow").id("large").value(new byte[20_000]).build());
            add(database, OutboxMessage.to("narrow").id("small").value(new byte[10]).build());
            for (int i = 0; i < 100; i++) {
                add(database, OutboxMessage.to(TOPIC).id("m" + i).key("k").build());
            }
            try (OutboxProcess relay =
                    OutboxProcess.start(
                            home,
                            classPath(client),
                            database.url(),
                            database.user(),
                            broker.bootstrap(),
                            "plain")) {
                // Older clients do not tell a topic that is not there from a broker that is away.
                int waiting = client.equals("2.8.2") ? 1 : 0;
                await(relay, "all is sent", () -> pending(database) == waiting);
                Map<String, String> parked = parked(database);
                assertThat(parked).hasSize(3 - waiting);
                assertThat(parked.get("large")).contains("RecordTooLarge");
                assertThat(parked.get("no-partition")).contains("the topic has 3");
                if (waiting == 0) {
                    assertThat(parked.get("no-topic")).contains("UnknownTopic");
                }
                assertThat(ids(broker, TOPIC)).hasSize(100);
                assertThat(ids(broker, "narrow")).containsExactly("small");

                Clients.createTopic(broker.bootstrap(), "missing", 1, Map.of());
                retryAll(database);
                await(relay, "it is sent now", () -> pending(database) == 0);
                assertThat(parked(database)).doesNotContainKey("no-topic");
                relay.stop();
            }
            assertThat(ids(broker, "missing")).containsExactly("no-topic");
        }
    }

    private static void await(OutboxProcess relay, String what, BooleanSupplier condition) {
        try {
            Await.until(what, LIMIT, condition);
        } catch (AssertionError e) {
            throw new AssertionError(relay.said(), e);
        }
    }

    /** The test's own class path, with another client. */
    private static String classPath(String client) {
        String own = System.getProperty("java.class.path");
        if (client.equals("here")) {
            return own;
        }
        List<String> parts = new ArrayList<>();
        for (String part : own.split(":")) {
            // The broker's logging wants a newer SLF4J than old clients bring.
            if (!part.contains("kafka-clients") && !part.contains("slf4j-jdk-platform")) {
                parts.add(part);
            }
        }
        parts.addFirst(Path.of(System.getProperty("sluice.old-clients"), client) + "/*");
        return String.join(":", parts);
    }

    private static void add(OutboxDatabase database, OutboxMessage message) throws SQLException {
        try (Connection connection = database.source().getConnection()) {
            connection.setAutoCommit(false);
            OUTBOX.add(connection, message);
            connection.commit();
        }
    }

    private static Map<String, String> parked(OutboxDatabase database) throws SQLException {
        Map<String, String> reasons = new HashMap<>();
        try (Connection connection = database.source().getConnection()) {
            for (ParkedMessages.Parked one :
                    new ParkedMessages(OutboxTables.DEFAULT).list(connection, 10)) {
                reasons.put(one.messageId(), one.reason());
            }
        }
        return reasons;
    }

    private static void retryAll(OutboxDatabase database) throws SQLException {
        try (Connection connection = database.source().getConnection()) {
            connection.setAutoCommit(false);
            new ParkedMessages(OutboxTables.DEFAULT).retryAll(connection, 10);
            connection.commit();
        }
    }

    private static Set<String> ids(BrokerProcess broker, String topic) {
        Set<String> ids = new HashSet<>();
        for (ConsumerRecord<byte[], byte[]> record : Clients.readAll(broker.bootstrap(), topic)) {
            ids.add(text(record.headers().lastHeader(OutboxMessage.ID_HEADER).value()));
        }
        return ids;
    }
}
