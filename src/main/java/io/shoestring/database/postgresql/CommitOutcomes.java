package io.shoestring.database.postgresql;

import static java.util.Objects.requireNonNull;

import io.shoestring.base.Published;
import io.shoestring.config.DatabaseConfig.Superuser;
import io.shoestring.database.DatabaseException;
import io.shoestring.model.DatabaseName;
import io.shoestring.model.Lsn;
import io.shoestring.model.MemberSpec;
import io.shoestring.model.Topology;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;

/**
 * What became of a transaction whose COMMIT was on its way when its primary was lost, as the
 * present primary can prove it.
 *
 * <p>Known is the transaction's id, and where a record of it ends that was written just before the
 * COMMIT. The present primary's data went another way than the lost one's from the fork on:
 *
 * <pre>
 *   lost      1 ──────────┬────[record]──[COMMIT]     behind the fork: absent
 *   lost      1 ─[record]─┼────[COMMIT]               before it: the id is taken, so its status
 *   present               └─ 2 ──────►                here is this transaction's, and no other's
 * </pre>
 *
 * <p>The status alone would lie: a primary that never had the record gives the id to another
 * transaction. Blocks for a few seconds at most; may be called from any thread that may block.
 */
public final class CommitOutcomes {
    private static final Logger LOG = LoggerFactory.getLogger(CommitOutcomes.class);
    private static final int CONNECT_SECONDS = 1;
    private static final int ANSWER_SECONDS = 2;

    private static final String WHERE =
            "SELECT pg_is_in_recovery(), CASE WHEN pg_is_in_recovery() THEN '' ELSE"
                    + " pg_walfile_name(pg_current_wal_lsn()) END";

    private static final String HISTORY =
            "SELECT coalesce(pg_read_file('pg_wal/' || ? || '.history', 0, 1000000, true), '')";

    private static final String STATUS = "SELECT pg_xact_status(CAST(CAST(? AS text) AS xid8))";

    private final DatabaseName database;
    private final Published<Topology> topology;
    private final ServerLogin login;

    /** What is proven. */
    public enum Outcome {
        /** The primary has the transaction. */
        COMMITTED,
        /** The primary does not have it and never will. */
        ABSENT,
        /** Nothing can be proven. */
        UNKNOWN,
        /** There is no primary now that answers. */
        UNAVAILABLE
    }

    /** Asks the primary of {@code topology}, each time on a new connection. */
    public CommitOutcomes(
            DatabaseName database, Published<Topology> topology, Superuser superuser) {
        this.database = requireNonNull(database, "database is null");
        this.topology = requireNonNull(topology, "topology is null");
        this.login = new ServerLogin(superuser);
    }

    /**
     * Asks.
     *
     * @param transaction its 64-bit id
     * @param timeline of the lost primary
     * @param position where the record before the COMMIT ends, like {@code 0/3000138}
     */
    public Outcome find(long transaction, int timeline, String position) {
        Optional<MemberSpec> primary = topology.get().of(database).primary();
        if (primary.isEmpty()) {
            return Outcome.UNAVAILABLE;
        }
        try (Connection connection =
                login.connect(List.of(primary.get().endpoint()), CONNECT_SECONDS, ANSWER_SECONDS)) {
            Optional<Timelines> history = history(connection);
            if (history.isEmpty()) {
                return Outcome.UNAVAILABLE;
            }
            Fate fate = fate(history.get(), timeline, Lsn.parse(position));
            return switch (fate) {
                case BEHIND_THE_FORK -> Outcome.ABSENT;
                case UNDECIDABLE -> Outcome.UNKNOWN;
                case IN_THE_STATUS -> ofStatus(status(connection, transaction));
            };
        } catch (SQLException | DatabaseException | IllegalArgumentException e) {
            LOG.info("the outcome of transaction {} is not known yet: {}", transaction, e, e);
            return Outcome.UNAVAILABLE;
        }
    }

    /** What the way of the present primary's data says. */
    enum Fate {
        BEHIND_THE_FORK,
        IN_THE_STATUS,
        UNDECIDABLE
    }

    /**
     * Where a record is, seen from a primary with this history.
     *
     * @param timeline on which it was written
     * @param end of the record
     */
    static Fate fate(Timelines history, int timeline, Lsn end) {
        for (Timelines.Part part : history.parts()) {
            if (part.timeline() == timeline && timeline != history.current()) {
                return end.compareTo(part.end()) > 0 ? Fate.BEHIND_THE_FORK : Fate.IN_THE_STATUS;
            }
        }
        // The same server again, perhaps after a crash, or one that has never had these data.
        return Fate.UNDECIDABLE;
    }

    /** Aborted is also what was open when the record of it ended. */
    static Outcome ofStatus(Optional<String> status) {
        return switch (status.orElse("")) {
            case "committed" -> Outcome.COMMITTED;
            case "aborted" -> Outcome.ABSENT;
            default -> Outcome.UNKNOWN;
        };
    }

    private static Optional<Timelines> history(Connection connection) throws SQLException {
        String file;
        try (PreparedStatement where = connection.prepareStatement(WHERE);
                ResultSet row = where.executeQuery()) {
            if (!row.next() || row.getBoolean(1)) {
                return Optional.empty();
            }
            file = row.getString(2).substring(0, 8);
        }
        try (PreparedStatement question = connection.prepareStatement(HISTORY)) {
            question.setString(1, file);
            try (ResultSet row = question.executeQuery()) {
                row.next();
                return Optional.of(
                        Timelines.parse(Integer.parseUnsignedInt(file, 16), row.getString(1)));
            }
        }
    }

    private static Optional<String> status(Connection connection, long transaction)
            throws SQLException {
        try (PreparedStatement question = connection.prepareStatement(STATUS)) {
            question.setString(1, Long.toUnsignedString(transaction));
            try (ResultSet row = question.executeQuery()) {
                return row.next() ? Optional.ofNullable(row.getString(1)) : Optional.empty();
            }
        }
    }
}
