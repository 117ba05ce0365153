package io.shoestring.sandbox;

import io.shoestring.config.PoolConfig;
import io.shoestring.config.PostgresListenerConfig.Reads;
import io.shoestring.database.DatabaseException;
import io.shoestring.database.mysql.InitialServer;
import io.shoestring.model.Endpoint;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;

/** A sandbox of MariaDB servers. */
final class MariaDbKit implements EngineKit {
    private final MariaDbDriver driver = new MariaDbDriver();

    @Override
    public String title() {
        return "MariaDB";
    }

    @Override
    public String superuser() {
        return "shoestring";
    }

    @Override
    public List<String> accounts() {
        return List.of("mysql", "nobody");
    }

    @Override
    public Set<String> programs() {
        return Set.of("mariadbd", "mysqld", "mariadb-dump", "mariadb-binlog");
    }

    @Override
    public Signals signals() {
        return new Signals("TERM", "KILL");
    }

    @Override
    public void prepare(SandboxDirectory directory, String member) throws IOException {
        // A server that starts removes what others have in a directory that they share.
        Path temporary = Path.of(directory.data(member) + ".tmp");
        Files.createDirectory(temporary);
        Files.setOwner(temporary, Files.getOwner(directory.members()));
        Files.writeString(
                settings(directory, member),
                """
                # Written by 'shoestring sandbox'; gone when it ends.
                [mariadbd]
                bind-address = 127.0.0.1
                # A socket's path is limited to 107 bytes, and nobody needs it here.
                socket = %1$s.socket
                pid-file = %1$s.pid
                tmpdir = %1$s.tmp
                report-host = 127.0.0.1
                skip-name-resolve
                max-connections = 300
                innodb-buffer-pool-size = 64M
                innodb-log-file-size = 48M
                performance-schema = OFF
                """
                        .formatted(directory.data(member)));
    }

    @Override
    public void create(SandboxDirectory directory, String member, int port, String password)
            throws DatabaseException, IOException {
        driver.require();
        InitialServer.create(
                directory.data(member),
                Optional.of(settings(directory, member)),
                Optional.empty(),
                superuser(),
                password);
    }

    private static Path settings(SandboxDirectory directory, String member) {
        return directory.path().resolve(member + ".cnf");
    }

    @Override
    public String databaseLines() {
        return """
        engine: mariadb
        """;
    }

    @Override
    public String memberKeys(SandboxDirectory directory, String member, int place) {
        // MariaDB does not say which of several replicas has acknowledged a commit.
        return ", config-file: "
                + SandboxConfiguration.quoted(settings(directory, member))
                + (place > 1 ? ", priority: 0" : "");
    }

    @Override
    public String listenerLines(Reads reads, PoolConfig.Mode pool) {
        return """
        protocol: mysql
        reads: %s
        """
                .formatted(reads.name().toLowerCase(Locale.ROOT));
    }

    @Override
    public String maintenance() {
        return "mysql";
    }

    @Override
    public String url(Endpoint endpoint, String database) {
        return "jdbc:mariadb://" + endpoint + "/" + database;
    }

    /** The driver counts time in milliseconds, where PostgreSQL's counts seconds. */
    @Override
    public Connection connect(String url, Map<String, String> properties) throws SQLException {
        Properties all = new Properties();
        all.setProperty("user", properties.getOrDefault("user", ""));
        all.setProperty("password", properties.getOrDefault("password", ""));
        for (String key : List.of("connectTimeout", "socketTimeout")) {
            Optional.ofNullable(properties.get(key))
                    .ifPresent(seconds -> all.setProperty(key, seconds + "000"));
        }
        return driver.connect(url, all);
    }

    @Override
    public void makeApplication(
            Connection connection, String user, String password, String database)
            throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(
                    "create user if not exists " + user + "@'%' identified by '" + password + "'");
            statement.execute("create database if not exists " + database);
            statement.execute("grant all on " + database + ".* to " + user + "@'%'");
        }
    }

    @Override
    public String command(Endpoint listener, String user, String password, String database) {
        return "MYSQL_PWD=%s mariadb -h %s -P %d -u %s %s"
                .formatted(password, listener.host(), listener.port(), user, database);
    }
}
