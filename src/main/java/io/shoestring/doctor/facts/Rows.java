package io.shoestring.doctor.facts;

import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Questions to a server, and what its rows say. */
final class Rows {
    private Rows() {}

    /** Makes something of one row. */
    @FunctionalInterface
    interface Reader<T> {
        T read(ResultSet row) throws SQLException;
    }

    /** All rows. */
    static <T> List<T> list(Connection connection, String sql, Reader<T> reader)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql);
                ResultSet rows = statement.executeQuery()) {
            List<T> list = new ArrayList<>();
            while (rows.next()) {
                list.add(reader.read(rows));
            }
            return list;
        }
    }

    /** The first row. */
    static <T> Optional<T> first(Connection connection, String sql, Reader<T> reader)
            throws SQLException {
        return list(connection, sql, reader).stream().findFirst();
    }

    /** A row that is always there. */
    static <T> T one(Connection connection, String sql, Reader<T> reader) throws SQLException {
        return first(connection, sql, reader)
                .orElseThrow(() -> new SQLException("no answer to " + sql));
    }

    /** A text; empty for null. */
    static String text(ResultSet row, String column) throws SQLException {
        String value = row.getString(column);
        return value == null ? "" : value;
    }

    /** An array of texts; empty for null. */
    static List<String> texts(ResultSet row, String column) throws SQLException {
        Array array = row.getArray(column);
        return array == null ? List.of() : Arrays.asList((String[]) array.getArray());
    }

    /** A number of seconds, with a fraction; 0 for null. */
    static Duration seconds(ResultSet row, String column) throws SQLException {
        return Duration.ofMillis((long) (row.getDouble(column) * 1000));
    }
}
