package io.shoestring.database.postgresql;

import static java.util.Objects.requireNonNull;

import io.shoestring.database.DatabaseException;
import io.shoestring.database.server.Account;
import io.shoestring.database.server.FileProblem;
import io.shoestring.database.server.Program;
import io.shoestring.model.Lsn;
import io.shoestring.model.Position;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The end of a stopped server's log, and whether it belongs to the history of another server. */
final class LocalLog {
    private static final long TIMEOUT_SECONDS = 600;
    private static final Pattern LAST_RECORD =
            Pattern.compile("in WAL record at ([0-9A-Fa-f]+/[0-9A-Fa-f]+)");

    private final DataDirectory data;
    private final Path programs;
    private final ControlFile control;

    LocalLog(DataDirectory data, Path programs, ControlFile control) {
        this.data = data;
        this.programs = programs;
        this.control = control;
    }

    /**
     * How the log stands to another history.
     *
     * @param fork up to where both are the same
     * @param lastRecord where the last record of the local log begins; empty if that cannot be told
     */
    record Comparison(Lsn fork, Optional<Lsn> lastRecord) {
        Comparison {
            requireNonNull(fork, "fork is null");
            requireNonNull(lastRecord, "lastRecord is null");
        }

        /** Whether the local log may have something that the other server does not have. */
        boolean mayDiverge() {
            return lastRecord.isEmpty() || lastRecord.get().compareTo(fork) >= 0;
        }
    }

    /** Compares the log of a stopped primary; it may have crashed. */
    Comparison compare(Timelines upstream) throws DatabaseException {
        Lsn fork = timelines(youngest().timeline()).forkPoint(upstream);
        return new Comparison(fork, lastRecord());
    }

    WalFiles files() {
        return new WalFiles(data, control.segmentBytes());
    }

    /** The history of one of the timelines in the directory. */
    Timelines timelines(int timeline) throws DatabaseException {
        Path file = data.file("pg_wal/%08X.history".formatted(timeline));
        try {
            return Timelines.parse(timeline, Files.exists(file) ? Files.readString(file) : "");
        } catch (IOException e) {
            throw new DatabaseException("Cannot read " + file + ": " + FileProblem.describe(e), e);
        }
    }

    /** After a promotion the first checkpoint takes a while; the other field is up to date. */
    private Position youngest() {
        return control.recoveryEnd().timeline() > control.checkpoint().timeline()
                ? control.recoveryEnd()
                : control.checkpoint();
    }

    private Optional<Lsn> lastRecord() throws DatabaseException {
        if (control.primaryShutDown()) {
            return Optional.of(control.checkpoint().lsn());
        }
        Path reader = programs.resolve("pg_waldump");
        if (!Files.isExecutable(reader)) {
            return Optional.empty();
        }
        Position from = youngest();
        Program.Result result =
                new Program(
                                Account.ownerOf(data.path()),
                                reader,
                                List.of(
                                        "--quiet",
                                        "--path=" + data.file("pg_wal"),
                                        "--timeline=" + from.timeline(),
                                        "--start=" + from.lsn()),
                                Map.of())
                        .run(TIMEOUT_SECONDS);
        // Its complaint about the first record that is none names the last one that is.
        Matcher last = LAST_RECORD.matcher(String.join("\n", result.lines()));
        return last.find() ? Optional.of(Lsn.parse(last.group(1))) : Optional.empty();
    }
}
