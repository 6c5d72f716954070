package io.sluice.outbox;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.sql.Statement;
import java.time.Duration;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** The relay's connection: taken when needed, kept while it works, given up when it fails. */
final class RelayConnection implements AutoCloseable {

    private static final String SILENCE = "idle_in_transaction_session_timeout";

    private final DataSource source;
    private final Duration patience;
    private @Nullable Connection connection;
    private boolean autoCommitBefore;
    private boolean limitsSilence;

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
        limitSilence(open);
        open.setAutoCommit(false);
        limitWaiting(open);
        return open;
    }

    /**
     * A relay that is paused within its transaction, or whose machine is gone without a word, keeps
     * the lease's row locked as long as the database takes it for alive. PostgreSQL can be told how
     * long that is.
     */
    private void limitSilence(Connection open) throws SQLException {
        if (open.getMetaData().getDatabaseProductName().equals("PostgreSQL")) {
            limitsSilence = true;
            execute(open, "SET " + SILENCE + " = " + patience.toMillis());
            if (!autoCommitBefore) {
                open.commit();
            }
        }
    }

    private static void execute(Connection open, String statement) throws SQLException {
        try (Statement plain = open.createStatement()) {
            plain.execute(statement);
        }
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
                restoreSilence(open);
            } catch (SQLException e) {
                // It failed before: that failure is the one to tell.
            }
        }
    }

    private void restoreSilence(Connection open) throws SQLException {
        if (limitsSilence && open.getAutoCommit()) {
            execute(open, "RESET " + SILENCE);
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
                restoreSilence(open);
            } catch (SQLException e) {
                // Nothing depends on it any more.
            }
        }
    }
}
