package io.shoestring.proxy.mysql;

import static java.util.Objects.requireNonNull;

import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a session has that can be made anew on another connection.
 *
 * @param schema the default one; empty: none
 * @param autocommit whether each statement is a transaction
 * @param variables that were set, by their names
 */
record SessionShape(String schema, boolean autocommit, Map<String, String> variables) {
    SessionShape {
        requireNonNull(schema, "schema is null");
        variables = Collections.unmodifiableMap(new TreeMap<>(variables));
    }

    /** As a log-in leaves it. */
    static SessionShape fresh(String schema, boolean autocommit) {
        return new SessionShape(schema, autocommit, Map.of());
    }

    /** Whether a session of that shape becomes like this by setting something. */
    boolean isWithin(SessionShape has) {
        return variables.keySet().containsAll(has.variables.keySet());
    }

    /** The statement that makes a session of that shape have these variables; empty: none. */
    String settingFrom(SessionShape has) {
        StringBuilder sql = new StringBuilder();
        if (autocommit != has.autocommit) {
            append(sql, "autocommit", autocommit ? "1" : "0");
        }
        variables.forEach(
                (name, value) -> {
                    if (!value.equals(has.variables.get(name))) {
                        append(sql, name, literal(value));
                    }
                });
        return sql.toString();
    }

    private static void append(StringBuilder sql, String name, String literal) {
        sql.append(sql.isEmpty() ? "SET " : ", ").append(name).append('=').append(literal);
    }

    private static String literal(String value) {
        if (value.matches("-?[0-9]+(\\.[0-9]+)?")) {
            return value;
        }
        // Whatever the sql_mode is, this has no backslash in it.
        StringBuilder hex = new StringBuilder();
        if (value.indexOf('\\') >= 0) {
            for (byte each : value.getBytes(StandardCharsets.UTF_8)) {
                hex.append("%02x".formatted(each));
            }
            return "_utf8mb4 x'" + hex + "'";
        }
        return "'" + value.replace("'", "''") + "'";
    }
}
