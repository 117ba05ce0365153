package io.shoestring.database.postgresql;

import io.shoestring.database.DatabaseException;
import io.shoestring.database.postgresql.DivergentLog.Relation;
import io.shoestring.database.postgresql.DivergentLog.Summary;
import io.shoestring.database.server.Account;
import io.shoestring.database.server.Program;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Tells in words what only a stopped member has, before it is rewound: so many rows in such tables.
 * It is told as well as it can be, and never in the way of the rewind.
 */
final class DivergentRows {
    private static final Logger LOG = LoggerFactory.getLogger(DivergentRows.class);
    private static final long TIMEOUT_SECONDS = 60;

    /** Tables that are named; what is beyond is in the log all the same. */
    private static final int TABLES_MOST = 50;

    private final Server server;
    private final UpstreamServer upstream;

    /**
     * Looks at nothing yet.
     *
     * @param upstream where the tables' names are asked
     */
    DivergentRows(Server server, UpstreamServer upstream) {
        this.server = server;
        this.upstream = upstream;
    }

    /** Some lines, the first of which can stand alone. */
    List<String> tell(LocalLog.Comparison comparison, WalFiles files) {
        try {
            return words(count(comparison, files));
        } catch (DatabaseException e) {
            LOG.warn("{}", e.sentence());
            return List.of("What is in it could not be counted: " + e.sentence());
        }
    }

    private Summary count(LocalLog.Comparison comparison, WalFiles files) throws DatabaseException {
        DivergentLog log = new DivergentLog(comparison.fork());
        List<Path> segments = files.between(comparison.fork(), comparison.lastRecord());
        if (segments.isEmpty()) {
            throw new DatabaseException("there are no segments of it");
        }
        // The youngest timeline's come last; older ones end where it begins.
        int timeline =
                Integer.parseUnsignedInt(
                        String.valueOf(segments.getLast().getFileName()), 0, 8, 16);
        Path reader = server.programs().resolve("pg_waldump");
        if (!Files.isExecutable(reader)) {
            throw new DatabaseException(reader + " is not installed");
        }
        // It ends with a complaint: behind the last record there is none.
        new Program(
                        Account.ownerOf(server.data().path()),
                        reader,
                        List.of(
                                "--path=" + server.data().file("pg_wal"),
                                "--timeline=" + timeline,
                                "--start=" + comparison.fork()),
                        Map.of())
                .run(TIMEOUT_SECONDS, log::line);
        return log.summary();
    }

    private List<String> words(Summary summary) {
        List<String> lines = new ArrayList<>();
        lines.add(
                count(summary.commits(), "committed transaction")
                        + (summary.tables().isEmpty() ? ", no rows of a table" : "")
                        + (summary.unfinished() == 0
                                ? ""
                                : ", and " + summary.unfinished() + " that had not ended")
                        + (summary.incomplete() ? " (there was too much to count it all)" : ""));
        new TreeMap<>(summary.tables())
                .entrySet().stream()
                        .limit(TABLES_MOST)
                        .forEach(
                                table ->
                                        lines.add(
                                                "  "
                                                        + name(table.getKey(), summary)
                                                        + ": "
                                                        + table.getValue()));
        return lines;
    }

    private static String count(int count, String noun) {
        return count + " " + noun + (count == 1 ? "" : "s");
    }

    /** The other server knows the tables that were there before the two histories parted. */
    private String name(Relation relation, Summary summary) {
        if (summary.made().contains(relation.database() + "/" + relation.file())) {
            return "a table that was made or rewritten only here (file " + path(relation) + ")";
        }
        try {
            return upstream.tableOf(relation)
                    .orElse(
                            "a table that "
                                    + upstream.name()
                                    + " has not (file "
                                    + path(relation)
                                    + ")");
        } catch (SQLException | DatabaseException e) {
            LOG.debug("The name of {} could not be asked", relation, e);
            return "file " + path(relation);
        }
    }

    private static String path(Relation relation) {
        return relation.tablespace() + "/" + relation.database() + "/" + relation.file();
    }
}
