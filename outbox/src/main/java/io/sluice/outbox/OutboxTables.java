package io.sluice.outbox;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * The three tables of an outbox: what is pending (the name itself), what was parked ({@code
 * _parked}) and who relays ({@code _relay}).
 *
 * @param name the table's name, with its schema if need be
 */
public record OutboxTables(String name) {

    /** Names go into statements as they are, so nothing that would need quotes. */
    private static final Pattern NAME =
            Pattern.compile("([a-zA-Z_]\\w{0,50}\\.)?[a-zA-Z_]\\w{0,50}");

    public static final OutboxTables DEFAULT = new OutboxTables("sluice_outbox");

    public OutboxTables {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException("not a name for a table: " + name);
        }
    }

    /** Databases whose definitions come with the library. */
    public enum Database {
        POSTGRESQL,
        H2;

        private String file() {
            return name().toLowerCase(Locale.ROOT) + ".sql";
        }
    }

    /** The table of messages that wait. */
    String pending() {
        return name;
    }

    String parked() {
        return name + "_parked";
    }

    String relay() {
        return name + "_relay";
    }

    /**
     * The statements that make the tables, for a migration tool. They may be run again.
     *
     * @param database whose dialect
     */
    public List<String> definitions(Database database) {
        try (InputStream file = OutboxTables.class.getResourceAsStream(database.file())) {
            if (file == null) {
                throw new IllegalStateException(database.file() + " is not in the library's jar");
            }
            String script = new String(file.readAllBytes(), StandardCharsets.UTF_8);
            return Arrays.stream(script.replace("${outbox}", name).split(";"))
                    .map(String::strip)
                    .filter(statement -> !statement.isEmpty())
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Makes the tables where they are missing, for tests and small services. */
    public void create(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            for (String definition : definitions(databaseOf(connection))) {
                statement.execute(definition);
            }
        }
    }

    private static Database databaseOf(Connection connection) throws SQLException {
        String product = connection.getMetaData().getDatabaseProductName();
        return Arrays.stream(Database.values())
                .filter(database -> database.name().equalsIgnoreCase(product))
                .findFirst()
                .orElseThrow(() ->
                        new SQLException(
                                "no definitions for "
                                        + product
                                        + ": make the tables by"
                                        + " hand, after those of PostgreSQL"));
    }
}
