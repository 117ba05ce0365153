package io.shoestring.database.postgresql;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Optional;

/** One statement, one value: what the actions need of SQL. */
final class Sql {
    private Sql() {}

    /** Runs a statement whose result does not matter. */
    static void run(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    /** The first column of the first row, as text; empty if there is no row, or it is null. */
    static Optional<String> value(Connection connection, String sql, String... parameters)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int i = 0; i < parameters.length; i++) {
                statement.setString(i + 1, parameters[i]);
            }
            try (ResultSet rows = statement.executeQuery()) {
                return rows.next() ? Optional.ofNullable(rows.getString(1)) : Optional.empty();
            }
        }
    }

    /** Like {@link #value}, where PostgreSQL always gives one. */
    static String text(Connection connection, String sql, String... parameters)
            throws SQLException {
        return value(connection, sql, parameters)
                .orElseThrow(() -> new SQLException("no answer to " + sql));
    }

    /** Whether the first column of the first row is true. */
    static boolean isTrue(Connection connection, String sql, String... parameters)
            throws SQLException {
        return value(connection, sql, parameters).orElse("f").equals("t");
    }
}
