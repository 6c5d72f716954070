package io.sluice.outbox;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** A data source at each of whose round trips its user can die. */
final class FaultySource {

    private static final Set<String> ROUND_TRIPS =
            Set.of("commit", "execute", "executeQuery", "executeUpdate", "executeBatch");

    private final DataSource real;
    private final Trip trip;
    private final List<Connection> opened = new ArrayList<>();

    /** What happens around a round trip. */
    interface Trip {
        <T> T around(Callable<T> work) throws Exception;
    }

    FaultySource(DataSource real, Trip trip) {
        this.real = real;
        this.trip = trip;
    }

    DataSource source() {
        return proxy(
                DataSource.class,
                (method, arguments) -> {
                    if (!method.getName().equals("getConnection")) {
                        return call(real, method, arguments);
                    }
                    return trip.around(() -> {
                        Connection connection = real.getConnection();
                        opened.add(connection);
                        return wrap(connection);
                    });
                });
    }

    /** What the database does when its client is gone. */
    void disconnect() throws SQLException {
        for (Connection connection : opened) {
            if (!connection.isClosed()) {
                if (!connection.getAutoCommit()) {
                    connection.rollback();
                }
                connection.close();
            }
        }
        opened.clear();
    }

    private Connection wrap(Connection connection) {
        return proxy(
                Connection.class,
                (method, arguments) -> {
                    Object result =
                            ROUND_TRIPS.contains(method.getName())
                                    ? trip.around(() -> call(connection, method, arguments))
                                    : call(connection, method, arguments);
                    return switch (result) {
                        case PreparedStatement prepared -> wrap(PreparedStatement.class, prepared);
                        case Statement statement -> wrap(Statement.class, statement);
                        case null, default -> result;
                    };
                });
    }

    private <T> T wrap(Class<T> type, T statement) {
        return proxy(
                type,
                (method, arguments) ->
                        ROUND_TRIPS.contains(method.getName())
                                ? trip.around(() -> call(statement, method, arguments))
                                : call(statement, method, arguments));
    }

    private interface Calls {
        @Nullable Object call(Method method, Object @Nullable [] arguments) throws Exception;
    }

    private static <T> T proxy(Class<T> type, Calls calls) {
        return type.cast(
                Proxy.newProxyInstance(
                        FaultySource.class.getClassLoader(),
                        new Class<?>[] {type},
                        (self, method, arguments) -> calls.call(method, arguments)));
    }

    private static @Nullable Object call(
            Object target, Method method, Object @Nullable [] arguments) throws Exception {
        try {
            return method.invoke(target, arguments);
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof Exception cause) {
                throw cause;
            }
            throw e;
        }
    }
}
