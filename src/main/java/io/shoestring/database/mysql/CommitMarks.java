package io.shoestring.database.mysql;

import static java.util.Objects.requireNonNull;

import io.netty.buffer.ByteBuf;
import io.shoestring.base.Clock;
import io.shoestring.base.Published;
import io.shoestring.model.DatabaseTopology;
import io.shoestring.model.MemberSpec;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * What became of a transaction of MariaDB whose COMMIT was on its way when its primary was lost, as
 * the present primary's binary log proves it.
 *
 * <p>The transaction has a mark: a savepoint just before its COMMIT, with a name that no other has.
 * It stands in the log among the transaction's changes, and a replica copies it into its own log
 * when it applies them. So the log of the present primary has the mark if and only if it has the
 * transaction, and it is read from a transaction on that was committed before.
 *
 * <p>That the mark is not there proves nothing for itself. It is absent for good only if
 *
 * <ol>
 *   <li>the present primary follows nobody, so that nothing comes any more from where the mark was;
 *   <li>its log cannot have lost what its data have: both are forced to disk with each commit;
 *   <li>if it is the same server again, it was started after the COMMIT left: the process in which
 *       that ran is gone, and what it had logged was carried out or undone when the next one began.
 * </ol>
 *
 * Blocks for a few seconds at most; may be called from any thread that may block.
 */
public final class CommitMarks {
    private static final Logger LOG = LoggerFactory.getLogger(CommitMarks.class);
    private static final int ANSWER_MILLIS = 2_000;
    private static final long READING_SECONDS_MAX = 5;
    private static final int DIVERGED = 1236;

    private static final String ABOUT =
            "SELECT @@global.read_only, @@global.sync_binlog = 1 AND"
                    + " @@global.innodb_flush_log_at_trx_commit = 1, @@global.log_bin,"
                    + " @@global.gtid_binlog_state, variable_value FROM"
                    + " information_schema.global_status WHERE variable_name = 'UPTIME'";

    private final Published<DatabaseTopology> topology;
    private final String user;
    private final byte[] password;
    private final Clock clock;

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

    /**
     * What is looked for.
     *
     * @param name of the savepoint
     * @param member where it was put
     * @param before a transaction (GTID) that was committed there before; empty: none is known
     * @param sentNanos when the COMMIT left, by the node's clock
     */
    public record Mark(String name, MemberSpec member, String before, long sentNanos) {
        public Mark {
            requireNonNull(name, "name is null");
            requireNonNull(member, "member is null");
            requireNonNull(before, "before is null");
        }
    }

    private record About(
            boolean readOnly, boolean forced, boolean logs, GtidState state, long upSeconds) {}

    /** Asks the primary of {@code topology}, each time on a new connection. */
    public CommitMarks(
            Published<DatabaseTopology> topology, String user, byte[] password, Clock clock) {
        this.topology = requireNonNull(topology, "topology is null");
        this.user = requireNonNull(user, "user is null");
        this.password = password.clone();
        this.clock = requireNonNull(clock, "clock is null");
    }

    /** Asks. */
    public Outcome find(Mark mark) {
        Optional<MemberSpec> primary = topology.get().primary();
        if (primary.isEmpty()) {
            return Outcome.UNAVAILABLE;
        }
        try (var connection =
                new ServerConnection(primary.get().endpoint(), user, password, ANSWER_MILLIS)) {
            return connection.isMariaDb() ? find(mark, primary.get(), connection) : Outcome.UNKNOWN;
        } catch (IOException | MysqlException e) {
            LOG.info("the outcome of {} is not known yet: {}", mark.name(), e, e);
            return Outcome.UNAVAILABLE;
        }
    }

    private Outcome find(Mark mark, MemberSpec primary, ServerConnection connection)
            throws IOException, MysqlException {
        About about = about(connection);
        if (about.readOnly()) {
            return Outcome.UNAVAILABLE;
        }
        if (!about.logs() || !about.forced()) {
            return Outcome.UNKNOWN;
        }
        boolean provesAbsence = isFinal(mark, primary, about, connection);
        if (isBehind(mark, about.state())) {
            return provesAbsence ? Outcome.ABSENT : Outcome.UNKNOWN;
        }
        return switch (look(mark, connection)) {
            case FOUND -> Outcome.COMMITTED;
            case NOT_THERE -> provesAbsence ? Outcome.ABSENT : Outcome.UNKNOWN;
            case NOT_READ -> Outcome.UNKNOWN;
        };
    }

    private static About about(ServerConnection connection) throws IOException, MysqlException {
        List<String> row = connection.ask(ABOUT).getFirst();
        return new About(
                !row.get(0).equals("0"),
                row.get(1).equals("1"),
                row.get(2).equals("1"),
                GtidState.parse(row.get(3)),
                Long.parseLong(row.get(4)));
    }

    /** Whether what is not in the log now will not come. */
    private boolean isFinal(Mark mark, MemberSpec primary, About about, ServerConnection connection)
            throws IOException, MysqlException {
        if (!connection.ask("SHOW ALL SLAVES STATUS").isEmpty()) {
            return false;
        }
        // The server counts whole seconds, and has begun to a moment before it counts.
        long sinceSent = TimeUnit.NANOSECONDS.toSeconds(clock.nanos() - mark.sentNanos());
        return !primary.name().equals(mark.member().name()) || about.upSeconds() + 2 <= sinceSent;
    }

    /** Whether the present primary lacks even what the lost one had committed before. */
    private static boolean isBehind(Mark mark, GtidState state) {
        String[] gtid = mark.before().split("-", -1);
        boolean oneDomain =
                state.sequences().keySet().stream()
                                .map(writer -> writer.substring(0, writer.indexOf('-')))
                                .distinct()
                                .count()
                        == 1;
        if (gtid.length != 3 || !oneDomain) {
            return false;
        }
        String writer = gtid[0] + "-" + gtid[1];
        return state.sequences().containsKey(writer)
                && state.sequences().get(writer) < Long.parseLong(gtid[2]);
    }

    private enum Look {
        FOUND,
        NOT_THERE,
        NOT_READ
    }

    private Look look(Mark mark, ServerConnection connection) throws IOException, MysqlException {
        connection.run("SET @mariadb_slave_capability = 4, @master_binlog_checksum = 'NONE'");
        connection.run("SET @slave_connect_state = '" + mark.before() + "'");
        byte[] name = mark.name().getBytes(StandardCharsets.US_ASCII);
        long until = clock.nanos() + TimeUnit.SECONDS.toNanos(READING_SECONDS_MAX);
        var seen = new boolean[2];
        try {
            connection.readLog(
                    event -> {
                        seen[0] |= contains(event, name);
                        seen[1] = clock.nanos() - until > 0;
                        return !seen[0] && !seen[1];
                    });
        } catch (MysqlException e) {
            if (e.code() != DIVERGED) {
                throw e;
            }
            LOG.info("the log cannot be read from {} on: {}", mark.before(), e.getMessage());
            return Look.NOT_READ;
        }
        if (seen[0]) {
            return Look.FOUND;
        }
        return seen[1] ? Look.NOT_READ : Look.NOT_THERE;
    }

    private static boolean contains(ByteBuf event, byte[] name) {
        int last = event.writerIndex() - name.length;
        for (int at = event.indexOf(event.readerIndex(), last + 1, name[0]);
                at >= 0;
                at = event.indexOf(at + 1, last + 1, name[0])) {
            int i = 1;
            while (i < name.length && event.getByte(at + i) == name[i]) {
                i++;
            }
            if (i == name.length) {
                return true;
            }
        }
        return false;
    }
}
