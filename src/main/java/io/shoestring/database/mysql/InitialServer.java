package io.shoestring.database.mysql;

import io.shoestring.database.DatabaseException;
import io.shoestring.database.server.Account;
import io.shoestring.database.server.FileProblem;
import io.shoestring.database.server.Program;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Makes a server with no data but the account by which the agent works. */
public final class InitialServer {
    private static final long TIMEOUT_SECONDS = 120;

    private InitialServer() {}

    /**
     * Makes it. When Shoestring is root, it belongs to the owner of the directory that {@code data}
     * is in (which must not be root).
     *
     * @param data the data directory; it must not exist, or be empty
     * @param settings the server's settings file, if it has one of its own
     * @param programs the directory of MariaDB's programs; empty: they are found by the path
     * @throws DatabaseException what the programs complained of
     */
    public static void create(
            Path data,
            Optional<Path> settings,
            Optional<Path> programs,
            String user,
            String password)
            throws DatabaseException {
        create(
                data,
                settings,
                new Programs(programs),
                new Agent(user, password),
                Account.ownerOf(data),
                TIMEOUT_SECONDS);
    }

    /** The same for a member. */
    static void create(MariaDbServer server, Account account, long timeoutSeconds)
            throws DatabaseException {
        create(
                server.data(),
                server.member().configFile(),
                new Programs(server.database().programs()),
                new Agent(server.database().superuser().name(), server.password()),
                account,
                timeoutSeconds);
    }

    private record Agent(String user, String password) {}

    private record Programs(Optional<Path> directory) {
        Path find(String name) {
            return directory.map(each -> each.resolve(name)).orElse(Path.of(name));
        }
    }

    private static void create(
            Path data,
            Optional<Path> settings,
            Programs programs,
            Agent agent,
            Account account,
            long timeoutSeconds)
            throws DatabaseException {
        Path first = data.resolveSibling(data.getFileName() + ".first.sql");
        try {
            account.makeDirectory(data);
            Files.deleteIfExists(first);
            Files.createFile(first);
            account.give(first);
            Files.writeString(first, statements(agent));
            Program.Result result =
                    new Program(
                                    account,
                                    programs.find("mariadb-install-db"),
                                    List.of(
                                            settings.map(file -> "--defaults-file=" + file)
                                                    .orElse("--no-defaults"),
                                            "--datadir=" + data,
                                            "--auth-root-authentication-method=socket",
                                            "--skip-test-db",
                                            "--skip-log-bin",
                                            "--extra-file=" + first),
                                    Map.of())
                            .run(timeoutSeconds);
            if (!result.succeeded()) {
                throw new DatabaseException(
                        "mariadb-install-db could not make a server in "
                                + data
                                + ": "
                                + result.complaint());
            }
        } catch (IOException e) {
            throw new DatabaseException(
                    "Cannot make a server in " + data + ": " + FileProblem.describe(e), e);
        } finally {
            delete(first);
        }
    }

    private static String statements(Agent agent) {
        String user = MariaDbServer.quoted(agent.user()) + "@'%'";
        return "FLUSH PRIVILEGES;\nCREATE USER "
                + user
                + " IDENTIFIED BY "
                + MariaDbServer.quoted(agent.password())
                + ";\nGRANT ALL PRIVILEGES ON *.* TO "
                + user
                + " WITH GRANT OPTION;\nDELETE FROM mysql.global_priv WHERE User = '';\n";
    }

    private static void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw new IllegalStateException("cannot remove " + file, e);
        }
    }
}
