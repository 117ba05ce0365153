package io.shoestring.database.postgresql;

import static java.util.Objects.requireNonNull;

import io.shoestring.database.DatabaseException;
import io.shoestring.database.server.Account;
import io.shoestring.database.server.Program;
import io.shoestring.model.Lsn;
import io.shoestring.model.Position;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What {@code global/pg_control} says of a stopped server, in the words of {@code pg_controldata}.
 *
 * @param state for instance {@code shut down}, {@code in production}, {@code in archive recovery}
 * @param checkpoint where the record of the latest checkpoint begins
 * @param recoveryEnd how far a replica must replay before its data is consistent; zero for a
 *     primary
 */
record ControlFile(
        String state,
        Position checkpoint,
        Position recoveryEnd,
        long systemIdentifier,
        int segmentBytes) {
    private static final long TIMEOUT_SECONDS = 10;

    ControlFile {
        requireNonNull(state, "state is null");
        requireNonNull(checkpoint, "checkpoint is null");
        requireNonNull(recoveryEnd, "recoveryEnd is null");
    }

    /**
     * Reads it: by ourselves if we know its form, which spares a process; by PostgreSQL's own
     * program if it is of a version that came later.
     */
    static ControlFile read(DataDirectory data, Path programs) throws DatabaseException {
        Optional<ControlFile> known = ControlFileBytes.read(data);
        return known.isPresent() ? known.get() : byProgram(data, programs);
    }

    /** As {@code pg_controldata} prints it. */
    static ControlFile byProgram(DataDirectory data, Path programs) throws DatabaseException {
        Program.Result result =
                new Program(
                                Account.ownerOf(data.path()),
                                programs.resolve("pg_controldata"),
                                List.of("--pgdata=" + data),
                                Map.of())
                        .run(TIMEOUT_SECONDS);
        if (!result.succeeded()) {
            throw new DatabaseException(
                    "The control file of " + data + " cannot be read: " + result.complaint());
        }
        try {
            return parse(result.lines());
        } catch (IllegalArgumentException e) {
            throw new DatabaseException(
                    "The control file of " + data + " makes no sense: " + e.getMessage(), e);
        }
    }

    /**
     * @throws IllegalArgumentException if a line is missing or has another form
     */
    static ControlFile parse(List<String> lines) {
        Map<String, String> values = new HashMap<>();
        for (String line : lines) {
            int colon = line.indexOf(':');
            if (colon > 0) {
                values.put(line.substring(0, colon).strip(), line.substring(colon + 1).strip());
            }
        }
        return new ControlFile(
                value(values, "Database cluster state"),
                new Position(
                        Integer.parseInt(value(values, "Latest checkpoint's TimeLineID")),
                        Lsn.parse(value(values, "Latest checkpoint location"))),
                new Position(
                        Integer.parseInt(value(values, "Min recovery ending loc's timeline")),
                        Lsn.parse(value(values, "Minimum recovery ending location"))),
                Long.parseUnsignedLong(value(values, "Database system identifier")),
                Integer.parseInt(value(values, "Bytes per WAL segment")));
    }

    private static String value(Map<String, String> values, String name) {
        String found = values.get(name);
        if (found == null) {
            throw new IllegalArgumentException("there is no line '" + name + "'");
        }
        return found;
    }

    /** Whether a primary was shut down: then the checkpoint is the end of its log. */
    boolean primaryShutDown() {
        return state.equals("shut down");
    }

    /** Whether primary or replica was shut down without a crash. */
    boolean clean() {
        return primaryShutDown() || state.equals("shut down in recovery");
    }
}
