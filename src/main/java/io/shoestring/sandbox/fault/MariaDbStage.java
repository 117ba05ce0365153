package io.shoestring.sandbox.fault;

import io.shoestring.config.DatabaseConfig.Engine;
import io.shoestring.database.DatabaseException;
import io.shoestring.database.mysql.InitialServer;
import io.shoestring.sandbox.EngineAccess;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** MariaDB on a stage. */
final class MariaDbStage implements StageEngine {
    private static final String SETTINGS = "main.cnf";

    private final EngineAccess access = EngineAccess.of(Engine.MARIADB);

    @Override
    public String name() {
        return "mariadb";
    }

    @Override
    public EngineAccess access() {
        return access;
    }

    @Override
    public String account() {
        return "mysql";
    }

    @Override
    public int port() {
        return 3306;
    }

    @Override
    public String protocol() {
        return "mysql";
    }

    @Override
    public String memberKeys() {
        return "config-file: " + SETTINGS + ", ";
    }

    @Override
    public String databaseKeys() {
        return "";
    }

    @Override
    public boolean rewinds() {
        return true;
    }

    @Override
    public Path processFile(Path data) {
        return data.resolveSibling(data.getFileName() + ".pid");
    }

    @Override
    public void prepare(Path home, Path data, String address) throws IOException {
        // A server that starts removes what others have in a directory that they share.
        Path temporary = Files.createDirectory(home.resolve("tmp"));
        Files.setOwner(
                temporary,
                home.getFileSystem()
                        .getUserPrincipalLookupService()
                        .lookupPrincipalByName(account()));
        Files.writeString(
                home.resolve(SETTINGS),
                """
                [mariadbd]
                bind-address = *
                report-host = %2$s
                socket = %1$s.socket
                pid-file = %1$s.pid
                tmpdir = %3$s
                skip-name-resolve
                max-connections = 300
                innodb-buffer-pool-size = 64M
                innodb-log-file-size = 48M
                performance-schema = OFF
                """
                        .formatted(data, address, temporary));
    }

    @Override
    public void create(Path home, Path data, String password)
            throws IOException, DatabaseException {
        InitialServer.create(
                data,
                Optional.of(home.resolve(SETTINGS)),
                Optional.empty(),
                access.superuser(),
                password);
    }

    @Override
    public String impatient() {
        return "set lock_wait_timeout = 10";
    }

    @Override
    public String sessions() {
        return "select concat_ws(' ', id, user, command, state, time, left(info, 60)) from"
                + " information_schema.processlist";
    }

    @Override
    public List<String> rights(String user) {
        return List.of("grant binlog admin on *.* to " + user + "@'%'");
    }

    /** What is not in the log cannot be waited for. */
    @Override
    public String waitingForNobody() {
        return "set sql_log_bin = 0";
    }
}
