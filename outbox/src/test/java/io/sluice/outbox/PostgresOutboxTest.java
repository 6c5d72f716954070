package io.sluice.outbox;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sluice.outbox.harness.PostgresServer;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

final class PostgresOutboxTest extends OutboxContract {

    private static @Nullable PostgresServer server;

    @BeforeAll
    static void startServer() {
        Path binaries = PostgresServer.binaries().orElse(null);
        assumeTrue(binaries != null, PostgresServer.MISSING);
        server = PostgresServer.start(requireNonNull(binaries));
    }

    @AfterAll
    static void stopServer() {
        if (server != null) {
            server.close();
        }
    }

    @Override
    DataSource source() {
        return requireNonNull(server).source();
    }

    /** A relay that is paused within its transaction must not keep the lease's row locked. */
    @Test
    void theTransactionOfARelayThatWentSilentIsEnded() throws SQLException {
        String beat = "UPDATE " + Rig.TABLES.relay() + " SET beat = beat + 1";
        RelayConnection silent = new RelayConnection(source(), Duration.ofSeconds(1));
        assertThatThrownBy(() ->
                        silent.inTransaction(open -> {
                            update(open, beat);
                            try (Connection other = source().getConnection()) {
                                return update(other, beat);
                            }
                        }))
                .isInstanceOf(SQLException.class)
                .hasMessageContaining("idle-in-transaction");
        silent.close();
    }

    private static int update(Connection connection, String statement) throws SQLException {
        try (Statement update = connection.createStatement()) {
            return update.executeUpdate(statement);
        }
    }
}
