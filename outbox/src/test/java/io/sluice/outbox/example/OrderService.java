package io.sluice.outbox.example;

import io.sluice.outbox.Outbox;
import io.sluice.outbox.OutboxMessage;
import io.sluice.outbox.OutboxTables;
import io.sluice.outbox.Relay;
import io.sluice.outbox.kafka.KafkaPublisher;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import javax.sql.DataSource;
import org.h2.jdbcx.JdbcDataSource;

/**
 * Places orders; whoever listens to the topic hears of those that were placed, and of no others.
 */
public final class OrderService {

    private static final Outbox OUTBOX = Outbox.in(OutboxTables.DEFAULT);

    private OrderService() {}

    public static void main(String[] arguments) throws SQLException {
        String broker = arguments.length > 0 ? arguments[0] : "127.0.0.1:9092";
        JdbcDataSource database = new JdbcDataSource();
        database.setUrl("jdbc:h2:mem:shop;DB_CLOSE_DELAY=-1");
        makeTables(database);

        // Once in every instance of the service. One of them sends, the others stand by.
        try (Relay relay =
                Relay.start(
                        database,
                        OutboxTables.DEFAULT,
                        KafkaPublisher.factory(Map.of("bootstrap.servers", broker)))) {
            place(database, relay, "o-1", "coffee", 2);
            place(database, relay, "o-2", "tea", 0);
            place(database, relay, "o-3", "cake", 1);
            awaitSent(database);
        }
    }

    private static void place(DataSource database, Relay relay, String id, String what, int pieces)
            throws SQLException {
        try (Connection connection = database.getConnection()) {
            connection.setAutoCommit(false);
            try (PreparedStatement insert =
                    connection.prepareStatement("INSERT INTO orders VALUES (?, ?, ?)")) {
                insert.setString(1, id);
                insert.setString(2, what);
                insert.setInt(3, pieces);
                insert.executeUpdate();
                // After the business row, in the same transaction.
                OUTBOX.add(
                        connection,
                        OutboxMessage.to("orders").key(id).value(pieces + " " + what).build());
                connection.commit();
                relay.wake();
                System.out.println("placed " + id);
            } catch (SQLException e) {
                connection.rollback();
                System.out.println("refused " + id);
            }
        }
    }

    /** A service goes on; this one ends, and its database with it. */
    private static void awaitSent(DataSource database) throws SQLException {
        try (Connection connection = database.getConnection()) {
            while (OUTBOX.backlog(connection).messages() > 0) {
                LockSupport.parkNanos(10_000_000);
            }
        }
    }

    private static void makeTables(DataSource database) throws SQLException {
        try (Connection connection = database.getConnection();
                Statement statement = connection.createStatement()) {
            OutboxTables.DEFAULT.create(connection);
            statement.execute(
                    "CREATE TABLE orders (id VARCHAR(20) PRIMARY KEY, what VARCHAR(20),"
                            + " pieces INT CHECK (pieces > 0))");
        }
    }
}
