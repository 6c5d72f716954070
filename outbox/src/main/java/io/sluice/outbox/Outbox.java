package io.sluice.outbox;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Types;
import java.time.InstantSource;
import java.util.List;

/**
 * The writing side: adds messages inside the caller's transaction, so that a message is sent if and
 * only if the transaction commits.
 *
 * <p><b>Order.</b> Messages of one key are sent in the order in which their rows were added. Two
 * transactions that run at the same time have no order of their own until one waits for the other:
 * so add a message <em>after</em> the statement that changes the business row. The row's lock then
 * makes the second transaction add its message after the first one has committed.
 *
 * <p>Immutable; may be used by any thread.
 */
public final class Outbox {

    /** Fits into what brokers take by default (1 MiB with the record's frame). */
    public static final int DEFAULT_MAX_MESSAGE_BYTES = 1_000_000;

    private static final int MOST_ROWS_PER_STATEMENT = 500;

    private final OutboxTables tables;
    private final int maxMessageBytes;
    private final InstantSource clock;
    private final String insert;

    private Outbox(OutboxTables tables, int maxMessageBytes, InstantSource clock) {
        this.tables = tables;
        this.maxMessageBytes = maxMessageBytes;
        this.clock = clock;
        this.insert =
                "INSERT INTO "
                        + tables.pending()
                        + " (message_id, topic, partition_no, message_key, payload, headers,"
                        + " created_ms) VALUES (?, ?, ?, ?, ?, ?, ?)";
    }

    /** The outbox in these tables. */
    public static Outbox in(OutboxTables tables) {
        return new Outbox(tables, DEFAULT_MAX_MESSAGE_BYTES, InstantSource.system());
    }

    /** The same with another bound of a message, for brokers set to take larger ones. */
    public Outbox withMaxMessageBytes(int bytes) {
        return new Outbox(tables, bytes, clock);
    }

    /** The same with another clock. */
    public Outbox withClock(InstantSource source) {
        return new Outbox(tables, maxMessageBytes, source);
    }

    public OutboxTables tables() {
        return tables;
    }

    /**
     * Adds a message in the connection's transaction. Neither commits nor rolls back.
     *
     * @throws IllegalArgumentException when the message is larger than a broker would take, or the
     *     connection commits by itself: the message would not share the business row's fate
     */
    public void add(Connection transaction, OutboxMessage message) throws SQLException {
        addAll(transaction, List.of(message));
    }

    /** Adds messages in that order; see {@link #add}. */
    public void addAll(Connection transaction, List<OutboxMessage> messages) throws SQLException {
        if (transaction.getAutoCommit()) {
            throw new IllegalArgumentException(
                    "the connection is in auto-commit mode: begin a transaction first");
        }
        for (OutboxMessage message : messages) {
            check(message);
        }
        try (PreparedStatement statement = transaction.prepareStatement(insert)) {
            int gathered = 0;
            for (OutboxMessage message : messages) {
                bind(statement, message);
                statement.addBatch();
                gathered++;
                if (gathered == MOST_ROWS_PER_STATEMENT) {
                    statement.executeBatch();
                    gathered = 0;
                }
            }
            if (gathered > 0) {
                statement.executeBatch();
            }
        }
    }

    /**
     * What waits.
     *
     * @param messages how many
     * @param oldestMs when the oldest of them was added, in milliseconds since 1970; {@link
     *     OutboxMessage#NO_TIMESTAMP} when none waits
     */
    public record Backlog(long messages, long oldestMs) {}

    /** Counts what waits, for an alarm: reads the whole table. */
    public Backlog backlog(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row =
                        statement.executeQuery(
                                "SELECT COUNT(*), MIN(created_ms) FROM " + tables.pending())) {
            row.next();
            long oldest = row.getLong(2);
            boolean none = row.wasNull();
            return new Backlog(row.getLong(1), none ? OutboxMessage.NO_TIMESTAMP : oldest);
        }
    }

    private void check(OutboxMessage message) {
        if (message.size() > maxMessageBytes) {
            throw new IllegalArgumentException(
                    message + " has " + message.size() + " bytes, allowed are " + maxMessageBytes);
        }
    }

    private void bind(PreparedStatement statement, OutboxMessage message) throws SQLException {
        long time =
                message.timestampMs() == OutboxMessage.NO_TIMESTAMP
                        ? clock.millis()
                        : message.timestampMs();
        statement.setString(1, message.id());
        statement.setString(2, message.topic());
        statement.setObject(3, message.partition(), Types.INTEGER);
        statement.setBytes(4, message.key());
        statement.setBytes(5, message.value());
        statement.setBytes(6, HeaderCodec.encode(message.headers()));
        statement.setLong(7, time);
    }
}
