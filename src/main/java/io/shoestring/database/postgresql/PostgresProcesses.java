package io.shoestring.database.postgresql;

import io.shoestring.database.server.ServerProcesses;

import java.util.OptionalLong;
import java.util.Set;

/** By what PostgreSQL's processes are known; its main one writes {@code postmaster.pid}. */
record PostgresProcesses(DataDirectory data) implements ServerProcesses.Kinds {
    private static final Set<String> SERVERS = Set.of("postgres", "postmaster", "edb-postgres");
    private static final Set<String> TOOLS =
            Set.of("pg_basebackup", "pg_rewind", "pg_ctl", "initdb", "pg_resetwal");

    static ServerProcesses of(DataDirectory data) {
        return new ServerProcesses(data.path(), new PostgresProcesses(data));
    }

    @Override
    public boolean isServer(String program) {
        return SERVERS.contains(program);
    }

    @Override
    public boolean isTool(String program) {
        return TOOLS.contains(program);
    }

    @Override
    public OptionalLong mainProcess() {
        return data.postmasterNumber();
    }
}
