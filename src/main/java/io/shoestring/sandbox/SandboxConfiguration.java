package io.shoestring.sandbox;

import io.shoestring.config.PoolConfig;
import io.shoestring.config.PostgresListenerConfig.Reads;
import io.shoestring.model.Endpoint;

import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The configuration that a sandbox runs with: a plain one, which a person can read and change.
 *
 * @param members the members in order, the first primary first
 */
record SandboxConfiguration(
        SandboxDirectory directory,
        Path programs,
        Map<String, Endpoint> members,
        Endpoint listen,
        Reads reads,
        PoolConfig.Mode pool,
        int adminPort) {
    /** The database's name, in the configuration and in PostgreSQL. */
    static final String DATABASE = "app";

    /** The role by which the agent works. */
    static final String SUPERUSER = "postgres";

    /** The file's text. */
    String text() {
        return """
        # Written by 'shoestring sandbox'; gone when it ends.
        cluster:
          name: sandbox
          nodes: { local: 127.0.0.1 }
          directory: %s
        databases:
          %s:
            engine: postgresql
            protection: availability
            programs: %s
            superuser: { name: %s, password-file: %s }
            members:
        %s
        listeners:
          sql:
            bind: %s
            protocol: postgresql
            database: %s
            reads: %s
            pool: { mode: %s }
        admin:
          bind: 127.0.0.1:%d
          token-file: %s
        """
                .formatted(
                        quoted(directory.state()),
                        DATABASE,
                        quoted(programs),
                        SUPERUSER,
                        quoted(directory.superuserPassword()),
                        memberLines(),
                        "\"" + listen + "\"",
                        DATABASE,
                        reads.name().toLowerCase(Locale.ROOT),
                        pool.name().toLowerCase(Locale.ROOT),
                        adminPort,
                        quoted(directory.adminToken()));
    }

    private String memberLines() {
        return members.entrySet().stream()
                .map(
                        member ->
                                "      %s: { node: local, data: %s, port: %d }"
                                        .formatted(
                                                member.getKey(),
                                                quoted(directory.data(member.getKey())),
                                                member.getValue().port()))
                .collect(Collectors.joining("\n"));
    }

    private static String quoted(Path path) {
        return "\"" + path.toString().replace("\\", "\\\\").replace("\"", "\\\"") + "\"";
    }
}
