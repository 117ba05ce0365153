package io.shoestring.database.mysql;

import io.shoestring.base.Clock;
import io.shoestring.model.MemberFigures;
import io.shoestring.model.MemberFigures.Behind;
import io.shoestring.model.MemberFigures.Contents;
import io.shoestring.model.MemberFigures.Flushing;
import io.shoestring.model.MemberFigures.Sessions;
import io.shoestring.model.MemberFigures.Standby;
import io.shoestring.model.MemberFigures.Wait;
import io.shoestring.model.MemberName;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.stream.Collectors;

/**
 * The questions for a MariaDB server's figures, on one connection. Each has a bound on its rows,
 * which is larger than what a person reads. Not thread-safe.
 */
final class MariaDbQuestions {
    private static final long BUDGET_NANOS = Duration.ofMillis(2_500).toNanos();
    private static final String OTHERS =
            " p.ID <> CONNECTION_ID() AND p.USER <> 'system user'"
                    + " AND p.COMMAND NOT IN ('Daemon', 'Binlog Dump')";

    private static final String SESSIONS =
            """
            SELECT CASE WHEN p.COMMAND <> 'Sleep' THEN 'active'
                        WHEN t.trx_id IS NULL THEN 'idle' ELSE 'idle in transaction' END,
                   COUNT(*),
                   SUM(COALESCE(t.trx_state = 'LOCK WAIT', FALSE)
                       OR COALESCE(p.STATE LIKE 'Waiting for %% lock', FALSE)),
                   COALESCE(MAX(TIMESTAMPDIFF(MICROSECOND, t.trx_started, NOW(6))), 0) / 1e6
            FROM information_schema.PROCESSLIST p
            LEFT JOIN information_schema.INNODB_TRX t ON t.trx_mysql_thread_id = p.ID
            WHERE %s GROUP BY 1
            """
                    .formatted(OTHERS);

    /** A row for each pair, those who wait the longest first. Only asked when somebody waits. */
    private static final String WAITS =
            """
            SELECT COALESCE(p.DB, ''), p.USER, p.ID,
                   TIMESTAMPDIFF(MICROSECOND, w.trx_wait_started, NOW(6)) / 1e6,
                   CONCAT(LOWER(l.lock_type), ' ', l.lock_mode, ' of ', l.lock_table),
                   LEFT(COALESCE(w.trx_query, ''), 2000), b.trx_mysql_thread_id,
                   LEFT(COALESCE(b.trx_query, ''), 2000)
            FROM information_schema.INNODB_LOCK_WAITS pair
            JOIN information_schema.INNODB_TRX w ON w.trx_id = pair.requesting_trx_id
            JOIN information_schema.INNODB_TRX b ON b.trx_id = pair.blocking_trx_id
            JOIN information_schema.INNODB_LOCKS l ON l.lock_id = pair.requested_lock_id
            JOIN information_schema.PROCESSLIST p ON p.ID = w.trx_mysql_thread_id
            ORDER BY 4 DESC LIMIT 100
            """;

    /** Who has those is not told without a plugin. */
    private static final String OTHER_WAITS =
            """
            SELECT COALESCE(p.DB, ''), p.USER, p.ID, p.TIME_MS / 1e3, p.STATE,
                   LEFT(COALESCE(p.INFO, ''), 2000), '', ''
            FROM information_schema.PROCESSLIST p
            WHERE p.STATE LIKE 'Waiting for %% lock' AND %s ORDER BY 4 DESC LIMIT 20
            """
                    .formatted(OTHERS);

    private static final String STATUS =
            """
            SELECT VARIABLE_NAME, VARIABLE_VALUE FROM information_schema.GLOBAL_STATUS
            WHERE VARIABLE_NAME IN ('HANDLER_COMMIT', 'HANDLER_ROLLBACK', 'ROWS_SENT', 'ROWS_READ',
              'HANDLER_WRITE', 'HANDLER_UPDATE', 'HANDLER_DELETE', 'CREATED_TMP_DISK_TABLES',
              'INNODB_BUFFER_POOL_READ_REQUESTS', 'INNODB_BUFFER_POOL_READS', 'INNODB_DEADLOCKS',
              'INNODB_BUFFER_POOL_BYTES_DIRTY', 'INNODB_BUFFER_POOL_PAGES_FLUSHED',
              'INNODB_CHECKPOINT_AGE', 'INNODB_CHECKPOINT_MAX_AGE', 'INNODB_LOG_WAITS',
              'INNODB_HISTORY_LIST_LENGTH', 'THREADS_CONNECTED')
            """;

    private static final String STANDBYS =
            """
            SELECT USER, HOST, COALESCE(STATE, '') FROM information_schema.PROCESSLIST
            WHERE COMMAND = 'Binlog Dump' ORDER BY USER, ID LIMIT 50
            """;

    private static final int WAITS_MAX = 20;

    private final ServerConnection connection;
    private final MariaDbServer server;
    private final Clock clock;
    private final long endNanos;

    MariaDbQuestions(ServerConnection connection, MariaDbServer server, Clock clock) {
        this.connection = connection;
        this.server = server;
        this.clock = clock;
        this.endNanos = clock.nanos() + BUDGET_NANOS;
    }

    /**
     * Asks all of them.
     *
     * @throws MysqlException if one is not answered in time, or all together take too long
     */
    MemberFigures ask(String database, Instant at) throws IOException, MysqlException {
        Sessions sessions = sessions();
        Map<String, Long> status = status();
        return new MemberFigures(
                database,
                server.name().value(),
                at,
                Optional.empty(),
                sessions,
                sessions.waiting() == 0 ? List.of() : waits(),
                List.of(contents(status)),
                Optional.empty(),
                standbys(),
                behind(),
                List.of(),
                Optional.of(flushing(status)));
    }

    private List<List<String>> rows(String sql) throws IOException, MysqlException {
        if (clock.nanos() - endNanos > 0) {
            throw new MysqlException("its answers take too long");
        }
        return connection.ask(sql);
    }

    private Sessions sessions() throws IOException, MysqlException {
        Map<String, Long> byState = new LinkedHashMap<>();
        long waiting = 0;
        double oldest = 0;
        for (List<String> row : rows(SESSIONS)) {
            byState.put(row.get(0), number(row.get(1)));
            waiting += number(row.get(2));
            oldest = Math.max(oldest, decimal(row.get(3)));
        }
        int max = (int) number(rows("SELECT @@global.max_connections").getFirst().getFirst());
        return new Sessions(max, byState, waiting, oldest);
    }

    private List<Wait> waits() throws IOException, MysqlException {
        Map<Integer, Wait> byProcess = new LinkedHashMap<>();
        List<List<String>> pairs = new ArrayList<>(rows(WAITS));
        pairs.addAll(rows(OTHER_WAITS));
        for (List<String> pair : pairs) {
            byProcess.merge((int) number(pair.get(2)), wait(pair), MariaDbQuestions::both);
        }
        return byProcess.values().stream().limit(WAITS_MAX).toList();
    }

    private static Wait wait(List<String> row) {
        return new Wait(
                row.get(0),
                row.get(1),
                "",
                (int) number(row.get(2)),
                decimal(row.get(3)),
                row.get(4),
                row.get(5),
                row.get(6).isEmpty() ? List.of() : List.of((int) number(row.get(6))),
                row.get(7));
    }

    /** Who waits for several is one who waits. */
    private static Wait both(Wait one, Wait other) {
        List<Integer> blockers = new ArrayList<>(one.blockedBy());
        blockers.addAll(other.blockedBy());
        return one.with(blockers.stream().distinct().toList());
    }

    private Map<String, Long> status() throws IOException, MysqlException {
        return rows(STATUS).stream()
                .collect(Collectors.toMap(List::getFirst, row -> number(row.getLast())));
    }

    /** MariaDB counts for the whole server. */
    private static Contents contents(Map<String, Long> status) {
        long wanted = of(status, "INNODB_BUFFER_POOL_READ_REQUESTS");
        long read = of(status, "INNODB_BUFFER_POOL_READS");
        return new Contents(
                "all",
                of(status, "THREADS_CONNECTED"),
                of(status, "HANDLER_COMMIT"),
                of(status, "HANDLER_ROLLBACK"),
                read,
                Math.max(0, wanted - read),
                of(status, "ROWS_READ"),
                of(status, "ROWS_SENT"),
                of(status, "HANDLER_WRITE"),
                of(status, "HANDLER_UPDATE"),
                of(status, "HANDLER_DELETE"),
                0,
                of(status, "INNODB_DEADLOCKS"),
                of(status, "CREATED_TMP_DISK_TABLES"),
                0,
                0);
    }

    private static Flushing flushing(Map<String, Long> status) {
        return new Flushing(
                of(status, "INNODB_BUFFER_POOL_BYTES_DIRTY"),
                of(status, "INNODB_BUFFER_POOL_PAGES_FLUSHED"),
                of(status, "INNODB_CHECKPOINT_AGE"),
                of(status, "INNODB_CHECKPOINT_MAX_AGE"),
                of(status, "INNODB_LOG_WAITS"),
                of(status, "INNODB_HISTORY_LIST_LENGTH"));
    }

    private List<Standby> standbys() throws IOException, MysqlException {
        return rows(STANDBYS).stream().map(this::standby).toList();
    }

    /** What a replica has is known to the replica: see how far it says to be behind. */
    private Standby standby(List<String> row) {
        String user = row.get(0);
        return new Standby(
                server.replicatingMember(user).map(MemberName::value).orElse(user),
                row.get(1),
                row.get(2),
                "",
                OptionalLong.empty(),
                OptionalDouble.empty(),
                OptionalDouble.empty(),
                OptionalDouble.empty());
    }

    private Optional<Behind> behind() throws IOException, MysqlException {
        if (clock.nanos() - endNanos > 0) {
            throw new MysqlException("its answers take too long");
        }
        Map<String, String> row = MariaDbServer.firstRow(connection.table("SHOW SLAVE STATUS"));
        return row.getOrDefault("Master_Host", "").isEmpty()
                ? Optional.empty()
                : Optional.of(behind(row));
    }

    /** By the positions in the primary's log; by the size of its own copy, if those are of two. */
    private static Behind behind(Map<String, String> row) {
        long bytes =
                text(row, "Master_Log_File").equals(text(row, "Relay_Master_Log_File"))
                        ? number(text(row, "Read_Master_Log_Pos"))
                                - number(text(row, "Exec_Master_Log_Pos"))
                        : number(text(row, "Relay_Log_Space")) - number(text(row, "Relay_Log_Pos"));
        String seconds = text(row, "Seconds_Behind_Master");
        return new Behind(
                Math.max(0, bytes),
                seconds.isEmpty()
                        ? OptionalDouble.empty()
                        : OptionalDouble.of(bytes <= 0 ? 0 : decimal(seconds)));
    }

    private static String text(Map<String, String> row, String column) {
        return row.getOrDefault(column, "");
    }

    private static long of(Map<String, Long> status, String name) {
        return status.getOrDefault(name, 0L);
    }

    private static long number(String text) {
        return text.isEmpty() ? 0 : Long.parseLong(text);
    }

    private static double decimal(String text) {
        return text.isEmpty() ? 0 : Double.parseDouble(text);
    }
}
