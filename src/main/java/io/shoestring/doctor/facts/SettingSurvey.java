package io.shoestring.doctor.facts;

import io.shoestring.doctor.facts.SettingFacts.Setting;
import io.shoestring.doctor.facts.SettingFacts.Special;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Asks a server for its settings and where they come from. */
final class SettingSurvey {
    private static final String COMPLAINTS =
            """
            SELECT coalesce(sourcefile, 'a file') || ', line ' || coalesce(sourceline, 0) || ': '
                   || coalesce(name || ': ', '') || error AS complaint
            FROM pg_file_settings WHERE error IS NOT NULL
              -- A restart is needed: told of the setting itself.
              AND error <> 'setting could not be applied'
            """;

    private static final String AUTOMATIC =
            "SELECT DISTINCT name FROM pg_file_settings"
                    + " WHERE sourcefile LIKE '%postgresql.auto.conf' AND name IS NOT NULL";

    private static final String SPECIAL =
            """
            SELECT coalesce('role ' || r.rolname, '')
                   || CASE WHEN r.oid IS NULL OR d.oid IS NULL THEN '' ELSE ' in ' END
                   || coalesce('database ' || d.datname, '') AS whose,
                   r.rolname AS role,
                   split_part(line, '=', 1) AS name, substr(line, strpos(line, '=') + 1) AS value
            FROM pg_db_role_setting s CROSS JOIN unnest(s.setconfig) line
            LEFT JOIN pg_roles r ON r.oid = s.setrole
            LEFT JOIN pg_database d ON d.oid = s.setdatabase
            """;

    private SettingSurvey() {}

    static SettingFacts ask(Connection connection) throws SQLException {
        Map<String, Setting> all = new HashMap<>();
        // Not what this session has set for itself.
        Rows.list(
                connection,
                "SELECT name, reset_val, unit, pending_restart FROM pg_settings",
                row -> all.put(row.getString("name"), setting(row)));
        return new SettingFacts(
                all,
                Rows.list(connection, COMPLAINTS, row -> row.getString("complaint")),
                Rows.list(connection, AUTOMATIC, row -> row.getString("name")),
                special(connection));
    }

    private static Setting setting(ResultSet row) throws SQLException {
        return new Setting(
                Rows.text(row, "reset_val"),
                Rows.text(row, "unit"),
                row.getBoolean("pending_restart"));
    }

    private static List<Special> special(Connection connection) throws SQLException {
        return Rows.list(
                connection,
                SPECIAL,
                row ->
                        new Special(
                                Rows.text(row, "whose"),
                                Rows.text(row, "role"),
                                Rows.text(row, "name"),
                                Rows.text(row, "value")));
    }
}
