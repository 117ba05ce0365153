package io.shoestring.database.mysql;

import io.shoestring.database.DatabaseException;
import io.shoestring.database.server.Account;
import io.shoestring.database.server.ErrorOutput;
import io.shoestring.database.server.FileProblem;
import io.shoestring.database.server.Pause;
import io.shoestring.database.server.ProcessExit;
import io.shoestring.database.server.Program;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.File;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Starts a server, read-only and following nobody, and waits until it takes connections. It runs in
 * a session of its own, so that a Ctrl-C for us does not reach it, and goes on when we end.
 */
final class MariaDbStartup {
    private static final Logger LOG = LoggerFactory.getLogger(MariaDbStartup.class);
    private static final long START_SECONDS = 60;
    private static final int LOOK_AGAIN_MILLIS = 20;
    private static final int ANSWER_SECONDS = 2;

    private final MariaDbServer server;
    private final ProcessExit exit;

    MariaDbStartup(MariaDbServer server, ProcessExit exit) {
        this.server = server;
        this.exit = exit;
    }

    /**
     * Starts it.
     *
     * @param tail what becomes of the end of its log after a crash
     * @throws DatabaseException if it cannot be started, ends by itself, or does not take
     *     connections within a minute
     */
    void start(ServerOptions.Tail tail) throws DatabaseException {
        try {
            Account account = Account.ownerOf(server.data());
            long logged = new ErrorOutput(server.log()).prepare(account);
            Process process = launch(account, tail);
            exit.watch(process.pid());
            await(process, logged);
        } catch (IOException e) {
            throw new DatabaseException(
                    "Cannot start member " + server.name() + ": " + FileProblem.describe(e), e);
        }
    }

    private Process launch(Account account, ServerOptions.Tail tail)
            throws DatabaseException, IOException {
        ProcessBuilder builder =
                Program.builder(
                        account.command(new ServerOptions(server).commandLine(tail)), Map.of());
        builder.redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")));
        builder.redirectErrorStream(true);
        builder.redirectOutput(ProcessBuilder.Redirect.appendTo(server.log().toFile()));
        LOG.info("Starting member {} in {}", server.name(), server.data());
        return builder.start();
    }

    private void await(Process process, long logged) throws DatabaseException, IOException {
        long deadline = server.clock().nanos() + TimeUnit.SECONDS.toNanos(START_SECONDS);
        String last = "it does not listen yet";
        while (server.clock().nanos() - deadline < 0) {
            if (!process.isAlive()) {
                throw new DatabaseException(
                        "Member "
                                + server.name()
                                + " ended during its start: "
                                + complaint(logged)
                                + " (see "
                                + server.log()
                                + ", or the error log of its settings)");
            }
            try {
                server.ask(ANSWER_SECONDS, connection -> connection.ask("SELECT 1"));
                return;
            } catch (DatabaseException e) {
                last = e.sentence();
            }
            Pause.millis(LOOK_AGAIN_MILLIS);
        }
        throw new DatabaseException(
                "Member "
                        + server.name()
                        + " is still starting after "
                        + START_SECONDS
                        + " s ("
                        + last
                        + "); see "
                        + server.log()
                        + ".");
    }

    private String complaint(long logged) throws IOException {
        List<String> lines = new ErrorOutput(server.log()).since(logged);
        return lines.stream()
                .filter(line -> line.contains("[ERROR]"))
                .findFirst()
                .map(line -> line.substring(line.indexOf("[ERROR]") + "[ERROR]".length()).strip())
                .or(() -> lines.reversed().stream().findFirst())
                .orElse("it said nothing");
    }
}
