package io.shoestring.database.postgresql;

import io.shoestring.database.DatabaseException;
import io.shoestring.database.server.Account;
import io.shoestring.database.server.FileProblem;
import io.shoestring.database.server.Program;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;

/**
 * Makes a new, empty PostgreSQL cluster for use on one machine: checksums, passwords, loopback
 * only. It is not started.
 */
public final class InitialCluster {
    private static final long TIMEOUT_SECONDS = 120;

    private InitialCluster() {}

    /**
     * Makes the cluster. When Shoestring is root, it belongs to the owner of the directory that
     * {@code data} is in (which must not be root).
     *
     * @param data the data directory; it must not exist, or be empty
     * @param superuser the first role
     * @param password its password
     * @param port the TCP port on 127.0.0.1
     * @param programs see {@link ProgramsFinder}
     * @throws DatabaseException what {@code initdb} complained of
     */
    public static void create(Path data, String superuser, String password, int port, Path programs)
            throws DatabaseException {
        Account account = Account.ownerOf(data);
        try {
            account.makeDirectory(data);
            initialize(data, superuser, password, programs, account);
            append(data.resolve("postgresql.conf"), settings(port));
            Files.writeString(data.resolve("pg_hba.conf"), access(superuser));
        } catch (IOException e) {
            throw new DatabaseException(
                    "Cannot make a cluster in " + data + ": " + FileProblem.describe(e), e);
        }
    }

    private static void initialize(
            Path data, String superuser, String password, Path programs, Account account)
            throws DatabaseException, IOException {
        // Not in the data directory, which must be empty; Files.createTempFile makes it mode 600.
        Path passwordFile = Files.createTempFile("shoestring", ".password");
        try {
            Files.writeString(passwordFile, password + "\n");
            account.give(passwordFile);
            Program.Result result =
                    new Program(
                                    account,
                                    programs.resolve("initdb"),
                                    List.of(
                                            "--pgdata=" + data,
                                            "--username=" + superuser,
                                            "--pwfile=" + passwordFile,
                                            "--auth=scram-sha-256",
                                            "--encoding=UTF8",
                                            "--locale=C.UTF-8",
                                            "--data-checksums"),
                                    Map.of())
                            .run(TIMEOUT_SECONDS);
            if (!result.succeeded()) {
                throw new DatabaseException(
                        "initdb could not make a cluster in " + data + ": " + result.complaint());
            }
        } finally {
            Files.deleteIfExists(passwordFile);
        }
    }

    /** Sockets in the file system are off: their path is limited to 107 bytes, which is short. */
    private static String settings(int port) {
        return """

        # Shoestring: a cluster on one machine.
        listen_addresses = '127.0.0.1'
        port = %d
        unix_socket_directories = ''
        max_connections = 200
        password_encryption = 'scram-sha-256'
        log_line_prefix = '%%m [%%p] '
        """
                .formatted(port);
    }

    /** The method md5 takes SCRAM passwords as well, by SCRAM. */
    private static String access(String superuser) {
        return """
        # TYPE  DATABASE     USER  ADDRESS       METHOD
        local   all          all                 scram-sha-256
        host    all          %1$s  127.0.0.1/32  scram-sha-256
        host    replication  %1$s  127.0.0.1/32  scram-sha-256
        host    all          %1$s  ::1/128       scram-sha-256
        host    replication  %1$s  ::1/128       scram-sha-256
        host    all          all   127.0.0.1/32  md5
        host    all          all   ::1/128       md5
        """
                .formatted('"' + superuser.replace("\"", "\"\"") + '"');
    }

    private static void append(Path file, String text) throws IOException {
        Files.writeString(file, text, StandardOpenOption.APPEND);
    }
}
