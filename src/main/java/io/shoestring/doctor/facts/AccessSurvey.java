package io.shoestring.doctor.facts;

import io.shoestring.doctor.facts.AccessFacts.Role;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;

/** Asks a server for its access rules and its roles. */
final class AccessSurvey {
    private static final String RULES =
            """
            SELECT line_number, type, database, user_name, address, netmask, auth_method, error
            FROM pg_hba_file_rules
            """;

    /** Without passwords: only of which kind they are. */
    private static final String ROLES =
            """
            SELECT r.rolname, r.rolsuper, r.rolreplication,
                   CASE WHEN r.rolpassword IS NULL THEN 'none'
                        WHEN r.rolpassword LIKE 'SCRAM-SHA-256$%' THEN 'scram'
                        WHEN r.rolpassword LIKE 'md5%' THEN 'md5' ELSE 'other' END AS password,
                   CASE WHEN isfinite(r.rolvaliduntil)
                        THEN extract(epoch FROM r.rolvaliduntil - now())::float8 END AS valid,
                   ARRAY(SELECT p.rolname::text FROM pg_roles p
                         WHERE p.rolname IN ('pg_execute_server_program', 'pg_write_server_files',
                                             'pg_read_server_files')
                           AND NOT r.rolsuper AND pg_has_role(r.oid, p.oid, 'member')) AS powers
            FROM pg_authid r WHERE r.rolcanlogin ORDER BY r.rolname
            """;

    private AccessSurvey() {}

    static AccessFacts ask(Connection connection) throws SQLException {
        return new AccessFacts(
                Rows.list(connection, RULES, AccessSurvey::rule),
                Rows.list(connection, ROLES, AccessSurvey::role));
    }

    private static HbaRule rule(ResultSet row) throws SQLException {
        return new HbaRule(
                row.getInt("line_number"),
                Rows.text(row, "type"),
                Rows.texts(row, "database"),
                Rows.texts(row, "user_name"),
                Rows.text(row, "address"),
                Rows.text(row, "netmask"),
                Rows.text(row, "auth_method"),
                Rows.text(row, "error"));
    }

    private static Role role(ResultSet row) throws SQLException {
        Duration valid = Rows.seconds(row, "valid");
        return new Role(
                row.getString("rolname"),
                row.getBoolean("rolsuper"),
                row.getBoolean("rolreplication"),
                row.getString("password"),
                row.getString("valid") == null ? Optional.empty() : Optional.of(valid),
                Rows.texts(row, "powers"));
    }
}
