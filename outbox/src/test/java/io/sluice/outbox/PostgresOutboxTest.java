package io.sluice.outbox;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sluice.outbox.harness.PostgresServer;
import java.nio.file.Path;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

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
}
