package io.sluice.outbox;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import javax.sql.DataSource;

/** Tables, a broker in memory, relays without threads, and a clock that is moved by hand. */
final class Rig {

    static final OutboxTables TABLES = new OutboxTables("test_outbox");
    static final Outbox OUTBOX = Outbox.in(TABLES);
    static final RelayOptions OPTIONS =
            RelayOptions.DEFAULT
                    .withBatch(4, 1 << 20)
                    .withLease(Duration.ofSeconds(10))
                    .withPatience(Duration.ofSeconds(5), Duration.ofMinutes(1))
                    .withBackoff(Duration.ofMillis(100), Duration.ofSeconds(2));

    private static final int MOST_STEPS = 5_000;

    final DataSource source;
    final FakeBroker broker = new FakeBroker();
    final List<String> events = new ArrayList<>();
    long nanos;
    private int relays;

    Rig(DataSource source) throws SQLException {
        this.source = source;
        try (Connection connection = source.getConnection();
                Statement statement = connection.createStatement()) {
            TABLES.create(connection);
            for (String table : List.of(TABLES.pending(), TABLES.parked(), TABLES.relay())) {
                statement.execute("DELETE FROM " + table);
            }
            TABLES.create(connection);
        }
    }

    RelayLoop relay(DataSource from, Publisher.Factory publishers) {
        return relay(from, publishers, OPTIONS);
    }

    RelayLoop relay(DataSource from, Publisher.Factory publishers, RelayOptions options) {
        String name = "relay-" + relays++;
        return new RelayLoop(
                new OutboxStore(from, TABLES, options, InstantSource.system()),
                publishers,
                options,
                new Reports(listener(name)),
                TABLES.name(),
                name,
                () -> nanos,
                new Random(relays),
                () -> {});
    }

    private RelayListener listener(String name) {
        return new RelayListener() {
            @Override
            public void active() {
                events.add(name + " active");
            }

            @Override
            public void standby() {
                events.add(name + " standby");
            }

            @Override
            public void parked(String topic, String messageId, String reason) {
                events.add("parked " + messageId + ": " + reason);
            }

            @Override
            public void held(String topic, String reason, Duration retryIn) {
                events.add("held " + topic);
            }

            @Override
            public void failed(Throwable failure, Duration retryIn) {
                events.add("failed " + failure);
            }
        };
    }

    /** Adds messages {@code from} to {@code to - 1}, each in a transaction, three keys in turn. */
    void add(int from, int to) throws SQLException {
        try (Connection connection = source.getConnection()) {
            connection.setAutoCommit(false);
            for (int i = from; i < to; i++) {
                String id = Integer.toString(i);
                OUTBOX.add(
                        connection,
                        OutboxMessage.to("t").id(id).key("k" + i % 3).value("v" + id).build());
                connection.commit();
            }
        }
    }

    void add(String topic, String key, String id) throws SQLException {
        try (Connection connection = source.getConnection()) {
            connection.setAutoCommit(false);
            OUTBOX.add(connection, OutboxMessage.to(topic).id(id).key(key).value("v" + id).build());
            connection.commit();
        }
    }

    /** One step, and on to when the next is due. */
    void step(RelayLoop relay) {
        nanos += relay.step();
    }

    /** Steps until nothing is pending. */
    void drain(RelayLoop relay) throws SQLException {
        for (int i = 0; i < MOST_STEPS; i++) {
            if (i % 8 == 0 && count(TABLES.pending()) == 0) {
                return;
            }
            step(relay);
        }
        throw new AssertionError(
                count(TABLES.pending()) + " rows are still there; " + String.join("\n", events));
    }

    /** Steps until so much time has passed. */
    void run(RelayLoop relay, Duration time) {
        long end = nanos + time.toNanos();
        for (int i = 0; nanos < end && i < MOST_STEPS; i++) {
            step(relay);
        }
    }

    int count(String table) throws SQLException {
        try (Connection connection = source.getConnection();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT COUNT(*) FROM " + table)) {
            row.next();
            return row.getInt(1);
        }
    }

    /** Everything arrived, and the first appearances of each key's messages are in order. */
    void assertComplete(int messages) {
        Set<String> ids = new LinkedHashSet<>(broker.storedIds());
        assertThat(ids).as("messages that arrived").hasSize(messages);
        Map<String, Integer> last = new HashMap<>();
        Set<String> seen = new LinkedHashSet<>();
        for (OutboxMessage message : broker.stored) {
            if (seen.add(message.id())) {
                String key = message.topic() + "/" + FakeBroker.text(message.key());
                Integer before = last.put(key, Integer.parseInt(message.id()));
                assertThat(before == null || before < Integer.parseInt(message.id()))
                        .as("%s after %s of key %s in %s", message, before, key, broker.storedIds())
                        .isTrue();
            }
            assertThat(FakeBroker.text(message.value())).isEqualTo("v" + message.id());
        }
    }
}
