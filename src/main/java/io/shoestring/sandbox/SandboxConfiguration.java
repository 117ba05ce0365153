package io.shoestring.sandbox;

import io.shoestring.config.PoolConfig;
import io.shoestring.config.PostgresListenerConfig.Reads;
import io.shoestring.database.DatabaseException;
import io.shoestring.model.Endpoint;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The configuration that a sandbox runs with: a plain one, which a person can read and change.
 *
 * @param members the members in order, the first primary first
 */
record SandboxConfiguration(
        SandboxDirectory directory,
        EngineKit kit,
        Map<String, Endpoint> members,
        Endpoint listen,
        Reads reads,
        PoolConfig.Mode pool,
        int adminPort) {
    /** The database's name, in the configuration and in PostgreSQL. */
    static final String DATABASE = "app";

    /** The file's text. */
    String text() throws DatabaseException {
        return """
        # Written by 'shoestring sandbox'; gone when it ends.
        cluster:
          name: sandbox
          nodes: { local: 127.0.0.1 }
          directory: %s
        databases:
          %s:
        %s
            protection: availability
            superuser: { name: %s, password-file: %s }
            members:
        %s
        listeners:
          sql:
            bind: %s
            database: %s
            max-connections: 12000
        %s
        admin:
          bind: 127.0.0.1:%d
          token-file: %s
        """
                .formatted(
                        quoted(directory.state()),
                        DATABASE,
                        indented(kit.databaseLines()),
                        kit.superuser(),
                        quoted(directory.superuserPassword()),
                        memberLines(),
                        "\"" + listen + "\"",
                        DATABASE,
                        indented(kit.listenerLines(reads, pool)),
                        adminPort,
                        quoted(directory.adminToken()));
    }

    private String memberLines() {
        List<String> lines = new ArrayList<>();
        members.forEach(
                (name, address) ->
                        lines.add(
                                "      %s: { node: local, data: %s, port: %d%s }"
                                        .formatted(
                                                name,
                                                quoted(directory.data(name)),
                                                address.port(),
                                                kit.memberKeys(directory, name, lines.size()))));
        return String.join("\n", lines);
    }

    private static String indented(String lines) {
        return lines.strip().indent(4).stripTrailing();
    }

    static String quoted(Path path) {
        return "\"" + path.toString().replace("\\", "\\\\").replace("\"", "\\\"") + "\"";
    }
}
