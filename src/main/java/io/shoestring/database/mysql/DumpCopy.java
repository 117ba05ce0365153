package io.shoestring.database.mysql;

import io.shoestring.database.DatabaseException;
import io.shoestring.database.server.Account;
import io.shoestring.database.server.FileProblem;
import io.shoestring.model.MemberSpec;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Fills an empty member with a consistent copy of another's data, over the network, while that one
 * goes on: {@code mariadb-dump} in one transaction. Afterwards it has the position in the log that
 * the copy is of, and a history that goes as far.
 */
final class DumpCopy {
    private static final int ANSWER_SECONDS = 5;
    private static final long INSTALL_SECONDS = 120;
    private static final long COPY_SECONDS = TimeUnit.HOURS.toSeconds(12);

    private final MariaDbServer server;
    private final MariaDbStartup startup;

    DumpCopy(MariaDbServer server, MariaDbStartup startup) {
        this.server = server;
        this.startup = startup;
    }

    /** Makes the copy; the server runs afterwards, read-only, and follows nobody yet. */
    void run(MemberSpec from) throws DatabaseException {
        CopyTarget target = new CopyTarget(server);
        try {
            Account account = target.begin();
            InitialServer.create(server, account, INSTALL_SECONDS);
            startup.start(ServerOptions.Tail.KEPT);
            copy(from, account);
            server.ask(
                    ANSWER_SECONDS,
                    connection -> {
                        target.takeOverHistory(
                                connection,
                                connection
                                        .ask("SELECT @@global.gtid_slave_pos")
                                        .getFirst()
                                        .getFirst());
                        return "";
                    });
            target.done();
        } catch (IOException e) {
            throw new DatabaseException(
                    "Member " + server.name() + " cannot be copied: " + FileProblem.describe(e), e);
        }
    }

    private void copy(MemberSpec from, Account account) throws DatabaseException {
        List<String> dump =
                List.of(
                        server.program("mariadb-dump"),
                        "--no-defaults",
                        "--protocol=tcp",
                        "--host=" + from.endpoint().host(),
                        "--port=" + from.endpoint().port(),
                        "--user=" + server.database().superuser().name(),
                        "--all-databases",
                        "--single-transaction",
                        "--quick",
                        "--master-data=1",
                        "--gtid",
                        "--routines",
                        "--events",
                        "--triggers",
                        "--hex-blob",
                        "--max-allowed-packet=1G",
                        "--flush-privileges");
        List<String> load = new ArrayList<>(new LocalClient(server).command());
        load.add("--init-command=SET sql_log_bin = 0");
        new Pipe(
                        List.of(account.command(dump), account.command(load)),
                        Map.of("MYSQL_PWD", server.password()),
                        server.clock())
                .run(COPY_SECONDS, "The copy of " + from.name() + " for member " + server.name());
    }
}
