package io.sluice.outbox;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import javax.sql.DataSource;

/**
 * The relay's statements, on a connection that is kept while it works. Standard SQL only, and
 * nothing that depends on the database's clock. Every public method is one transaction; after an
 * {@link SQLException} the connection is given up and the next call takes another.
 *
 * <p>Used by the relay's thread alone.
 */
final class OutboxStore implements AutoCloseable {

    private static final int MOST_REASON_LENGTH = 1_000;

    private final RelayConnection connection;
    private final OutboxTables tables;
    private final InstantSource clock;

    OutboxStore(DataSource source, OutboxTables tables, RelayOptions options, InstantSource clock) {
        this.connection = new RelayConnection(source, options.lease());
        this.tables = tables;
        this.clock = clock;
    }

    /** What to read: no more messages and bytes than that, none of these topics. */
    record Want(int messages, long bytes, Set<String> butTopics) {
        static final Want NOTHING = new Want(0, 0, Set.of());
    }

    /**
     * How a batch is noted before it is sent, where the publisher remembers batches.
     *
     * @param number the batch's
     */
    record Claim(boolean wanted, long number) {}

    /**
     * What a turn found.
     *
     * @param batch what to send
     * @param unreadable rows that are no messages (somebody wrote them by hand): they were parked
     */
    record Turn(List<Entry> batch, List<Settled.Parked> unreadable) {
        static final Turn NOTHING = new Turn(List.of(), List.of());
    }

    Lease readLease() throws SQLException {
        return connection.inTransaction(open -> {
            try (Statement statement = open.createStatement();
                    ResultSet row =
                            statement.executeQuery(
                                    "SELECT token, beat, owner, batch, batch_seqs FROM "
                                            + tables.relay()
                                            + " WHERE one = 1")) {
                if (!row.next()) {
                    throw new SQLException("no row in " + tables.relay());
                }
                return new Lease(
                        row.getLong(1),
                        row.getLong(2),
                        row.getString(3),
                        row.getLong(4),
                        row.getString(5));
            }
        });
    }

    /** Takes over from the one that was seen; false when that one moved or another was first. */
    boolean take(Lease seen, String owner) throws SQLException {
        String statement =
                "UPDATE "
                        + tables.relay()
                        + " SET token = token + 1, beat = 0, owner = ?"
                        + " WHERE one = 1 AND token = ? AND beat = ?";
        return connection.inTransaction(open -> {
            try (PreparedStatement update = open.prepareStatement(statement)) {
                update.setString(1, owner);
                update.setLong(2, seen.token());
                update.setLong(3, seen.beat());
                return update.executeUpdate() == 1;
            }
        });
    }

    /** Lets the next relay begin at once. */
    void release(long token) throws SQLException {
        String statement =
                "UPDATE "
                        + tables.relay()
                        + " SET beat = beat + 1, owner = NULL WHERE one = 1 AND token = ?";
        connection.inTransaction(open -> {
            try (PreparedStatement update = open.prepareStatement(statement)) {
                update.setLong(1, token);
                return update.executeUpdate();
            }
        });
    }

    /** Deletes the rows of a batch that the broker turned out to have. */
    boolean forget(long token, List<Long> seqs) throws SQLException {
        return connection.inTransaction(open -> {
            if (!beat(open, token)) {
                return false;
            }
            delete(open, seqs);
            return true;
        });
    }

    /**
     * One turn: proves that the token is the newest, which also keeps others from taking over until
     * the commit; deletes what was stored, parks what was refused, reads what comes next.
     *
     * @return what to send, or empty when another relay has taken over: then nothing was changed
     */
    Optional<Turn> turn(long token, Settled settled, Want want, Claim claim) throws SQLException {
        return connection.inTransaction(open -> {
            if (!beat(open, token)) {
                return Optional.empty();
            }
            delete(open, settled.stored());
            for (Settled.Parked parked : settled.parked()) {
                park(open, parked);
            }
            delete(open, settled.parked().stream().map(Settled.Parked::seq).toList());
            Turn turn = want.messages() > 0 ? read(open, want) : Turn.NOTHING;
            if (claim.wanted() && !turn.batch().isEmpty()) {
                note(open, claim.number(), turn.batch());
            }
            return Optional.of(turn);
        });
    }

    /** Whether there is anything to read; a look that writes nothing. */
    boolean hasWork(Want want) throws SQLException {
        return connection.inTransaction(open -> !choose(open, want).isEmpty());
    }

    @Override
    public void close() {
        connection.close();
    }

    private boolean beat(Connection open, long token) throws SQLException {
        String statement =
                "UPDATE " + tables.relay() + " SET beat = beat + 1 WHERE one = 1 AND token = ?";
        try (PreparedStatement update = open.prepareStatement(statement)) {
            update.setLong(1, token);
            return update.executeUpdate() == 1;
        }
    }

    private void note(Connection open, long number, List<Entry> batch) throws SQLException {
        String statement =
                "UPDATE " + tables.relay() + " SET batch = ?, batch_seqs = ? WHERE one = 1";
        try (PreparedStatement update = open.prepareStatement(statement)) {
            update.setLong(1, number);
            update.setString(2, BatchSeqs.encode(batch));
            update.executeUpdate();
        }
    }

    private void delete(Connection open, List<Long> seqs) throws SQLException {
        for (List<Long> chunk : SqlLists.chunks(seqs)) {
            String statement =
                    "DELETE FROM " + tables.pending() + " WHERE seq IN " + SqlLists.marks(chunk);
            try (PreparedStatement delete = open.prepareStatement(statement)) {
                SqlLists.bind(delete, chunk);
                delete.executeUpdate();
            }
        }
    }

    /** Copies the row; a row that is gone was parked by a commit whose answer was lost. */
    private void park(Connection open, Settled.Parked parked) throws SQLException {
        String columns =
                ", message_id, topic, partition_no, message_key, payload, headers, created_ms";
        String statement =
                "INSERT INTO "
                        + tables.parked()
                        + " (parked_ms, reason, seq"
                        + columns
                        + ") SELECT CAST(? AS BIGINT), CAST(? AS VARCHAR(1000)), seq"
                        + columns
                        + " FROM "
                        + tables.pending()
                        + " WHERE seq = ?";
        try (PreparedStatement insert = open.prepareStatement(statement)) {
            insert.setLong(1, clock.millis());
            insert.setString(2, shorten(parked.reason()));
            insert.setLong(3, parked.seq());
            insert.executeUpdate();
        }
    }

    private static String shorten(String reason) {
        return reason.length() <= MOST_REASON_LENGTH
                ? reason
                : reason.substring(0, MOST_REASON_LENGTH);
    }

    /** First the sizes, then only as many bodies as may be in memory. */
    private Turn read(Connection open, Want want) throws SQLException {
        List<Entry> batch = new ArrayList<>();
        List<Settled.Parked> unreadable = new ArrayList<>();
        for (List<Long> chunk : SqlLists.chunks(choose(open, want))) {
            String statement =
                    "SELECT seq, message_id, topic, partition_no, message_key, payload, headers,"
                            + " created_ms FROM "
                            + tables.pending()
                            + " WHERE seq IN "
                            + SqlLists.marks(chunk)
                            + " ORDER BY seq";
            try (PreparedStatement select = open.prepareStatement(statement)) {
                SqlLists.bind(select, chunk);
                try (ResultSet rows = select.executeQuery()) {
                    while (rows.next()) {
                        try {
                            batch.add(OutboxRow.entry(rows));
                        } catch (IllegalArgumentException e) {
                            unreadable.add(OutboxRow.unreadable(rows, e));
                        }
                    }
                }
            }
        }
        for (Settled.Parked row : unreadable) {
            park(open, row);
        }
        delete(open, unreadable.stream().map(Settled.Parked::seq).toList());
        return new Turn(batch, unreadable);
    }

    private List<Long> choose(Connection open, Want want) throws SQLException {
        Collection<String> butTopics = want.butTopics();
        String statement =
                "SELECT seq, COALESCE(OCTET_LENGTH(message_key), 0)"
                        + " + COALESCE(OCTET_LENGTH(payload), 0)"
                        + " + COALESCE(OCTET_LENGTH(headers), 0) FROM "
                        + tables.pending()
                        + (butTopics.isEmpty()
                                ? ""
                                : " WHERE topic NOT IN " + SqlLists.marks(butTopics))
                        + " ORDER BY seq FETCH FIRST "
                        + want.messages()
                        + " ROWS ONLY";
        List<Long> chosen = new ArrayList<>();
        long bytes = 0;
        try (PreparedStatement select = open.prepareStatement(statement)) {
            SqlLists.bind(select, butTopics);
            try (ResultSet rows = select.executeQuery()) {
                while (rows.next()) {
                    bytes += rows.getLong(2);
                    if (bytes > want.bytes() && !chosen.isEmpty()) {
                        break;
                    }
                    chosen.add(rows.getLong(1));
                }
            }
        }
        return chosen;
    }
}
