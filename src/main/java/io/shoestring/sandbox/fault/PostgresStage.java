package io.shoestring.sandbox.fault;

import io.shoestring.admin.api.Json;
import io.shoestring.config.DatabaseConfig.Engine;
import io.shoestring.database.DatabaseException;
import io.shoestring.database.postgresql.InitialCluster;
import io.shoestring.database.postgresql.ProgramsFinder;
import io.shoestring.sandbox.EngineAccess;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** PostgreSQL on a stage. */
final class PostgresStage implements StageEngine {
    private final EngineAccess access = EngineAccess.of(Engine.POSTGRESQL);
    private final Optional<Path> programs;

    /**
     * @param programs their directory; empty: that of the newest version that is installed
     */
    PostgresStage(Optional<Path> programs) {
        this.programs = programs;
    }

    @Override
    public String name() {
        return "postgresql";
    }

    @Override
    public EngineAccess access() {
        return access;
    }

    @Override
    public String account() {
        return "postgres";
    }

    @Override
    public int port() {
        return 5432;
    }

    @Override
    public String protocol() {
        return "postgresql";
    }

    @Override
    public String memberKeys() {
        return "";
    }

    @Override
    public String databaseKeys() {
        return programs.map(directory -> "programs: " + Json.write(directory.toString()))
                .orElse("");
    }

    @Override
    public boolean rewinds() {
        return programs.map(directory -> Files.isExecutable(directory.resolve("pg_rewind")))
                .orElse(true);
    }

    @Override
    public Path processFile(Path data) {
        return data.resolve("postmaster.pid");
    }

    @Override
    public void prepare(Path home, Path data, String address) {
        // Its settings are in its data.
    }

    @Override
    public void create(Path home, Path data, String password)
            throws IOException, DatabaseException {
        InitialCluster.create(
                data, access.superuser(), password, port(), ProgramsFinder.find(data, programs));
        append(
                data.resolve("postgresql.conf"),
                """
                listen_addresses = '*'
                # The machines are not real ones: nothing here outlives this computer.
                fsync = off
                """);
        append(
                data.resolve("pg_hba.conf"),
                """
                host all         all      10.77.0.0/24 scram-sha-256
                host replication postgres 10.77.0.0/24 scram-sha-256
                """);
    }

    private static void append(Path file, String text) throws IOException {
        Files.writeString(file, Files.readString(file) + text);
    }

    @Override
    public String impatient() {
        return "set lock_timeout = '10s'";
    }

    @Override
    public String sessions() {
        return "select concat_ws(' ', pid, application_name, state, wait_event, now() -"
                + " state_change, left(query, 60)) from pg_stat_activity where backend_type ="
                + " 'client backend'";
    }

    @Override
    public List<String> rights(String user) {
        return List.of();
    }

    @Override
    public String waitingForNobody() {
        return "set synchronous_commit = local";
    }
}
