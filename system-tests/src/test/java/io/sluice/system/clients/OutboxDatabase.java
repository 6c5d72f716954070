package io.sluice.system.clients;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sluice.outbox.harness.PostgresServer;
import io.sluice.outbox.harness.Sources;
import java.nio.file.Path;
import java.sql.SQLException;
import javax.sql.DataSource;
import org.h2.tools.Server;

/** A database that several processes reach. */
interface OutboxDatabase extends AutoCloseable {

    enum Kind {
        H2,
        POSTGRESQL
    }

    String url();

    String user();

    default DataSource source() {
        return Sources.of(url(), user());
    }

    @Override
    void close();

    static OutboxDatabase start(Kind kind, Path home) throws SQLException {
        return switch (kind) {
            case H2 -> h2(home);
            case POSTGRESQL -> postgres();
        };
    }

    private static OutboxDatabase h2(Path home) throws SQLException {
        Server server =
                Server.createTcpServer("-tcpPort", "0", "-ifNotExists", "-baseDir", home.toString())
                        .start();
        String url = "jdbc:h2:tcp://127.0.0.1:" + server.getPort() + "/./h2/service";
        return new OutboxDatabase() {
            @Override
            public String url() {
                return url;
            }

            @Override
            public String user() {
                return "sa";
            }

            @Override
            public void close() {
                server.stop();
            }
        };
    }

    private static OutboxDatabase postgres() {
        Path binaries = PostgresServer.binaries().orElse(null);
        assumeTrue(binaries != null, PostgresServer.MISSING);
        PostgresServer server = PostgresServer.start(binaries);
        return new OutboxDatabase() {
            @Override
            public String url() {
                return server.url();
            }

            @Override
            public String user() {
                return server.user();
            }

            @Override
            public void close() {
                server.close();
            }
        };
    }
}
