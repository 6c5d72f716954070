package io.sluice.outbox;

import java.sql.ResultSet;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/** A row as a message: columns seq, id, topic, partition, key, payload, headers, time. */
final class OutboxRow {

    /** What a message takes in memory beside its bytes, about. */
    private static final int FRAME_BYTES = 300;

    private OutboxRow() {}

    static Entry entry(ResultSet row) throws SQLException {
        OutboxMessage message = message(row);
        return new Entry(row.getLong(1), message, message.size() + FRAME_BYTES);
    }

    /** A row that {@link #entry} could not make a message of. */
    static Settled.Parked unreadable(ResultSet row, IllegalArgumentException why)
            throws SQLException {
        return new Settled.Parked(
                row.getLong(1),
                row.getString(3),
                row.getString(2),
                "not a message: " + why.getMessage());
    }

    static OutboxMessage message(ResultSet row) throws SQLException {
        return new OutboxMessage(
                row.getString(2),
                row.getString(3),
                nullableInt(row, 4),
                row.getBytes(5),
                row.getBytes(6),
                HeaderCodec.decode(row.getBytes(7)),
                time(row));
    }

    private static long time(ResultSet row) throws SQLException {
        long time = row.getLong(8);
        return row.wasNull() ? OutboxMessage.NO_TIMESTAMP : time;
    }

    private static @Nullable Integer nullableInt(ResultSet row, int column) throws SQLException {
        int value = row.getInt(column);
        return row.wasNull() ? null : value;
    }
}
