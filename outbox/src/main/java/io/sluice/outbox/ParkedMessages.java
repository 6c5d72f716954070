package io.sluice.outbox;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/**
 * Messages that the broker refused: to look at, to send again when the cause is mended, or to
 * discard. Works in the caller's transaction.
 *
 * <p>Immutable; may be used by any thread.
 */
public final class ParkedMessages {

    private static final String COLUMNS =
            "message_id, topic, partition_no, message_key, payload, headers, created_ms";

    private final OutboxTables tables;

    public ParkedMessages(OutboxTables tables) {
        this.tables = tables;
    }

    /**
     * A message that was put aside.
     *
     * @param seq by which it is named here
     * @param messageId {@link OutboxMessage#id()}
     * @param bytes of key, value and headers
     * @param parkedMs when, in milliseconds since 1970
     */
    public record Parked(
            long seq, String messageId, String topic, long bytes, long parkedMs, String reason) {}

    /** The oldest ones, no more than so many. */
    public List<Parked> list(Connection connection, int most) throws SQLException {
        String statement =
                "SELECT seq, message_id, topic, COALESCE(OCTET_LENGTH(message_key), 0)"
                        + " + COALESCE(OCTET_LENGTH(payload), 0)"
                        + " + COALESCE(OCTET_LENGTH(headers), 0), parked_ms, reason FROM "
                        + tables.parked()
                        + " ORDER BY seq FETCH FIRST "
                        + most
                        + " ROWS ONLY";
        List<Parked> parked = new ArrayList<>();
        try (PreparedStatement select = connection.prepareStatement(statement);
                ResultSet rows = select.executeQuery()) {
            while (rows.next()) {
                parked.add(
                        new Parked(
                                rows.getLong(1),
                                rows.getString(2),
                                rows.getString(3),
                                rows.getLong(4),
                                rows.getLong(5),
                                rows.getString(6)));
            }
        }
        return parked;
    }

    /**
     * Sends it again, behind everything that is pending, with the same id; call {@link
     * Relay#wake()} after the commit. False when it is not there any more.
     */
    public boolean retry(Connection transaction, long seq) throws SQLException {
        requireTransaction(transaction);
        // Takes the row's lock, so that of two who retry at once one finds nothing.
        String lock = "UPDATE " + tables.parked() + " SET reason = reason WHERE seq = ?";
        String copy =
                "INSERT INTO "
                        + tables.pending()
                        + " ("
                        + COLUMNS
                        + ") SELECT "
                        + COLUMNS
                        + " FROM "
                        + tables.parked()
                        + " WHERE seq = ?";
        return update(transaction, lock, seq) == 1
                && update(transaction, copy, seq) == 1
                && discard(transaction, seq);
    }

    /** Sends all of them again, the oldest first, no more than so many; returns how many. */
    public int retryAll(Connection transaction, int most) throws SQLException {
        int retried = 0;
        for (Parked parked : list(transaction, most)) {
            if (retry(transaction, parked.seq())) {
                retried++;
            }
        }
        return retried;
    }

    /** Deletes it for good. False when it is not there any more. */
    public boolean discard(Connection connection, long seq) throws SQLException {
        return update(connection, "DELETE FROM " + tables.parked() + " WHERE seq = ?", seq) == 1;
    }

    private static void requireTransaction(Connection connection) throws SQLException {
        if (connection.getAutoCommit()) {
            throw new IllegalArgumentException(
                    "the connection is in auto-commit mode: begin a transaction first");
        }
    }

    private static int update(Connection connection, String statement, long seq)
            throws SQLException {
        try (PreparedStatement update = connection.prepareStatement(statement)) {
            update.setLong(1, seq);
            return update.executeUpdate();
        }
    }
}
