package io.shoestring.proxy.postgresql.statement;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.shoestring.protocol.postgresql.ErrorFields;
import io.shoestring.protocol.postgresql.PostgresServer;
import io.shoestring.protocol.postgresql.RawSession;
import io.shoestring.protocol.postgresql.SqlState;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.io.IOException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/** A real server's word on what a read is. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class ReadOnlyOracleTest {
    private static final StatementClassifier CLASSIFIER = StatementClassifier.ofBuiltInFunctions();
    private static final int MUTATIONS = 20_000;

    private static PostgresServer server;

    @BeforeAll
    static void startServer() throws Exception {
        server = PostgresServer.start();
        try (Connection connection = server.connect();
                Statement statement = connection.createStatement()) {
            statement.execute(
                    """
                    CREATE TABLE t (id int, name text);
                    CREATE TABLE u (id int, name text, data jsonb);
                    CREATE TABLE p (id int) PARTITION BY RANGE (id);
                    CREATE TABLE pgbench_accounts (aid int, abalance int);
                    CREATE SEQUENCE s;
                    INSERT INTO t VALUES (1, 'a'), (2, 'b');
                    """);
        }
    }

    @AfterAll
    static void stopServer() throws Exception {
        server.close();
    }

    @Test
    void runsEveryReadOfTheTableInAReadOnlySession() throws Exception {
        List<String> failures = new ArrayList<>();
        try (RawSession session = readOnly()) {
            for (StatementTable.Row row : StatementTable.reads()) {
                Optional<ErrorFields> error = session.query(row.sql()).error();
                error.ifPresent(fields -> failures.add(row.sql() + "\n    " + fields));
            }
        }
        assertThat(failures).isEmpty();
    }

    /** Whatever a mutated statement is: if it passes for a read, the server agrees. */
    @Test
    void neverCallsAReadWhatTheServerRefusesInAReadOnlySession() throws Exception {
        var mutator = new StatementMutator(new Random(20_260_917), StatementTable.rows());
        int accepted = 0;
        try (RawSession session = readOnly()) {
            for (int i = 0; i < MUTATIONS; i++) {
                String sql = mutator.next();
                byte[] bytes = sql.getBytes(UTF_8);
                if (CLASSIFIER.classify(bytes, 0, bytes.length).isRead()) {
                    accepted += isAccepted(session, sql) ? 1 : 0;
                }
            }
        }
        System.out.println("mutated statements which are reads and run: " + accepted);
        assertThat(accepted).isGreaterThan(100);
    }

    private static boolean isAccepted(RawSession session, String sql) throws Exception {
        Optional<ErrorFields> error = session.query(sql).error();
        assertThat(error.map(ErrorFields::sqlState))
                .as(sql)
                .isNotEqualTo(Optional.of(SqlState.READ_ONLY_SQL_TRANSACTION));
        return error.isEmpty();
    }

    @Test
    void listsExactlyTheFunctionsThatTheListsOwnQueryFinds() throws Exception {
        String list = HarmlessFunctions.read();
        StringBuilder query = new StringBuilder();
        list.lines()
                .filter(line -> line.startsWith("#   "))
                .forEach(line -> query.append(line.substring(1)).append('\n'));
        List<String> expected = new ArrayList<>();
        try (Connection connection = server.connect();
                Statement statement = connection.createStatement();
                ResultSet names = statement.executeQuery(query.toString())) {
            while (names.next()) {
                expected.add(names.getString(1));
            }
        }
        assertThat(list.lines().filter(line -> !line.startsWith("#")))
                .containsExactlyElementsOf(expected);
        assertThat(HarmlessFunctions.load())
                .contains("lower", "now", "count", "current_setting", "inet_server_port")
                .doesNotContain(
                        "nextval",
                        "currval",
                        "lastval",
                        "random",
                        "set_config",
                        "txid_current",
                        "pg_backend_pid",
                        "pg_is_in_recovery",
                        "pg_advisory_lock",
                        "ts_stat");
    }

    private static RawSession readOnly() throws IOException {
        RawSession session = RawSession.superuser(server.port());
        session.query("SET default_transaction_read_only = on");
        session.query("SET statement_timeout = '2s'");
        return session;
    }
}
