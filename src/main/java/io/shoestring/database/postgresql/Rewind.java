package io.shoestring.database.postgresql;

import io.shoestring.database.DatabaseException;
import io.shoestring.database.server.Account;
import io.shoestring.database.server.DurableFile;
import io.shoestring.database.server.FileProblem;
import io.shoestring.database.server.Program;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Takes a stopped, diverged member back to the fork and on to the primary's data. */
final class Rewind {
    private static final Logger LOG = LoggerFactory.getLogger(Rewind.class);
    private static final long TIMEOUT_SECONDS = TimeUnit.HOURS.toSeconds(24);

    private final Server server;
    private final ReplicaFiles files;

    Rewind(Server server, ReplicaFiles files) {
        this.server = server;
        this.files = files;
    }

    /**
     * Rewinds. A marker stands beside the directory while it is half written.
     *
     * @throws DatabaseException what {@code pg_rewind} complained of: the directory must be cloned
     */
    void run(UpstreamServer upstream, long epoch) throws DatabaseException, SQLException {
        if (!Files.isExecutable(rewinder())) {
            throw new DatabaseException(rewinder() + " is not installed");
        }
        refuseUnknownTablespace(upstream);
        upstream.checkpointOnItsTimeline();
        DataDirectory data = server.data();
        Account account = Account.ownerOf(data.path());
        try {
            DurableFile.replace(data.rewinding(), "epoch " + epoch + "\n", account);
            new SettingsFile(server).write(Settings.ofRewound(server.name(), server.port(), epoch));
            if (server.mainFile().outside()) {
                recover(account);
            }
            Program.Result result = program(account, upstream).run(TIMEOUT_SECONDS, LOG::debug);
            if (!result.succeeded()) {
                throw new DatabaseException(
                        "pg_rewind of " + data + " failed: " + result.complaint());
            }
            files.write(upstream.endpoint(), epoch);
            Files.delete(data.rewinding());
            DurableFile.flush(data.path());
        } catch (IOException e) {
            throw new DatabaseException(
                    "Cannot rewind " + data + ": " + FileProblem.describe(e), e);
        }
    }

    /**
     * INVARIANT: nothing is written into a directory that was not this member's. A tablespace that
     * the other server has made since the two parted is written to where it is there, by {@code
     * pg_rewind}: on one machine, over the other server's own files.
     */
    private void refuseUnknownTablespace(UpstreamServer upstream)
            throws DatabaseException, SQLException {
        Optional<Path> unknown = Tablespaces.of(server.data(), upstream.tablespaces()).unknown();
        if (unknown.isPresent()) {
            throw new DatabaseException(
                    upstream.name()
                            + " has a tablespace in "
                            + unknown.get()
                            + " that "
                            + server.name()
                            + " does not know, which a rewind cannot make");
        }
    }

    /**
     * What {@code pg_rewind} begins with if the server had crashed: before version 15 it cannot be
     * told where the settings are.
     */
    private void recover(Account account) throws DatabaseException {
        if (ControlFile.read(server.data(), server.programs()).clean()) {
            return;
        }
        List<String> arguments =
                new ArrayList<>(List.of("--single", "-F", "-D", server.data().toString()));
        arguments.addAll(server.mainFile().options());
        arguments.add("template1");
        Program.Result result =
                new Program(account, server.programs().resolve("postgres"), arguments, Map.of())
                        .run(TIMEOUT_SECONDS, LOG::debug);
        if (!result.succeeded()) {
            throw new DatabaseException(
                    "The crash recovery of "
                            + server.data()
                            + " before its rewind failed: "
                            + result.complaint());
        }
    }

    private Path rewinder() throws DatabaseException {
        return server.programs().resolve("pg_rewind");
    }

    private Program program(Account account, UpstreamServer upstream) throws DatabaseException {
        return new Program(
                account,
                rewinder(),
                List.of(
                        "--target-pgdata=" + server.data(),
                        "--source-server=" + upstream.connectionInfo(server.name())),
                upstream.environment());
    }
}
