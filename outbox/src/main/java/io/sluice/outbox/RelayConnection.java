package io.sluice.outbox;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.time.Duration;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** The relay's connection: taken when needed, kept while it works, given up when it fails. */
final class RelayConnection implements AutoCloseable {

    private final DataSource source;
    private final Duration patience;
    private @Nullable Connection connection;
    private boolean autoCommitBefore;

    /**
     * @param patience a database that is silent for longer is taken for gone
     */
    RelayConnection(DataSource source, Duration patience) {
        this.source = source;
        this.patience = patience;
    }

    /** What is done within a transaction. */
    interface Work<T> {
        T on(Connection connection) throws SQLException;
    }

    /** Does it and commits; when it fails nothing is known of it, and the connection is closed. */
    <T> T inTransaction(Work<T> work) throws SQLException {
        boolean done = false;
        try {
            Connection open = open();
            T result = work.on(open);
            open.commit();
            done = true;
            return result;
        } finally {
            if (!done) {
                giveUp();
            }
        }
    }

    private Connection open() throws SQLException {
        Connection open = connection;
        if (open != null) {
            return open;
        }
        open = source.getConnection();
        connection = open;
        autoCommitBefore = open.getAutoCommit();
        open.setAutoCommit(false);
        limitWaiting(open);
        return open;
    }

    /** A connection whose other end went away without a word must not stop the relay for ever. */
    private void limitWaiting(Connection open) throws SQLException {
        try {
            if (open.getNetworkTimeout() == 0) {
                open.setNetworkTimeout(Runnable::run, (int) patience.toMillis());
            }
        } catch (SQLFeatureNotSupportedException e) {
            // The driver has a setting of its own for it, or none.
        }
    }

    private void giveUp() {
        Connection open = connection;
        connection = null;
        if (open != null) {
            try (open) {
                open.rollback();
                open.setAutoCommit(autoCommitBefore);
            } catch (SQLException e) {
                // It failed before: that failure is the one to tell.
            }
        }
    }

    /** Gives the connection back as it was. */
    @Override
    public void close() {
        Connection open = connection;
        connection = null;
        if (open != null) {
            try (open) {
                open.setAutoCommit(autoCommitBefore);
            } catch (SQLException e) {
                // Nothing depends on it any more.
            }
        }
    }
}
