package io.shoestring.sandbox;

import io.shoestring.config.PoolConfig;
import io.shoestring.config.PostgresListenerConfig.Reads;
import io.shoestring.database.DatabaseException;
import io.shoestring.database.postgresql.InitialCluster;
import io.shoestring.database.postgresql.ProgramsFinder;
import io.shoestring.model.Endpoint;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.Set;

/** A sandbox of PostgreSQL servers. */
final class PostgresKit implements EngineKit {
    @Override
    public String title() {
        return "PostgreSQL";
    }

    @Override
    public String superuser() {
        return "postgres";
    }

    @Override
    public List<String> accounts() {
        return List.of("postgres", "nobody");
    }

    @Override
    public Set<String> programs() {
        return Set.of("postgres", "initdb", "pg_ctl", "pg_basebackup", "pg_rewind");
    }

    @Override
    public Signals signals() {
        return new Signals("INT", "QUIT");
    }

    @Override
    public void prepare(SandboxDirectory directory, String member) {
        // Its settings are in its data.
    }

    @Override
    public void create(SandboxDirectory directory, String member, int port, String password)
            throws DatabaseException {
        InitialCluster.create(
                directory.data(member), superuser(), password, port, ProgramsFinder.newest());
    }

    @Override
    public String databaseLines() throws DatabaseException {
        return """
        engine: postgresql
        programs: %s
        """
                .formatted(SandboxConfiguration.quoted(ProgramsFinder.newest()));
    }

    @Override
    public String memberKeys(SandboxDirectory directory, String member, int place) {
        return "";
    }

    @Override
    public String listenerLines(Reads reads, PoolConfig.Mode pool) {
        return """
        protocol: postgresql
        reads: %s
        pool: { mode: %s }
        """
                .formatted(
                        reads.name().toLowerCase(Locale.ROOT),
                        pool.name().toLowerCase(Locale.ROOT));
    }

    @Override
    public String maintenance() {
        return "postgres";
    }

    @Override
    public String url(Endpoint endpoint, String database) {
        return "jdbc:postgresql://" + endpoint + "/" + database;
    }

    @Override
    public Connection connect(String url, Map<String, String> properties) throws SQLException {
        Properties all = new Properties();
        all.putAll(properties);
        all.setProperty("sslmode", "disable");
        return DriverManager.getConnection(url, all);
    }

    @Override
    public void makeApplication(
            Connection connection, String user, String password, String database)
            throws SQLException {
        try (Statement statement = connection.createStatement()) {
            if (isMissing(statement, "pg_roles where rolname", user)) {
                statement.execute("create role " + user + " login password '" + password + "'");
            }
            if (isMissing(statement, "pg_database where datname", database)) {
                statement.execute("create database " + database + " owner " + user);
            }
        }
    }

    private static boolean isMissing(Statement statement, String where, String name)
            throws SQLException {
        try (var rows = statement.executeQuery("select 1 from " + where + " = '" + name + "'")) {
            return !rows.next();
        }
    }

    @Override
    public String command(Endpoint listener, String user, String password, String database) {
        return "PGPASSWORD=%s psql -h %s -p %d -U %s %s"
                .formatted(password, listener.host(), listener.port(), user, database);
    }
}
