package io.shoestring.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.shoestring.database.mysql.MariaDbCluster;
import io.shoestring.model.MemberState;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A replica that stands before a change, and rows that differ, as an operator meets them. */
@Timeout(120)
class ReplicationCommandTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    @TempDir private static Path directory;
    private static MariaDbCluster pair;
    private Screen screen;

    @BeforeAll
    static void start() throws Exception {
        pair = MariaDbCluster.pair();
        Files.writeString(
                directory.resolve("shoestring.yaml"),
                """
                cluster:
                  name: test
                  nodes: { near: 127.0.0.1 }
                  directory: state
                databases:
                  shop:
                    engine: mariadb
                    superuser: { name: agent, password-file: %s }
                    members:
                      a: { node: near, data: %s, port: %d }
                      b: { node: near, data: %s, port: %d }
                """
                        .formatted(
                                pair.config.superuser().passwordFile(),
                                pair.data("a"),
                                pair.spec("a").endpoint().port(),
                                pair.data("b"),
                                pair.spec("b").endpoint().port()));
    }

    @AfterAll
    static void stop() throws Exception {
        pair.close();
    }

    @BeforeEach
    void open() {
        screen = new Screen(directory);
    }

    private int run(String... arguments) {
        screen.clear();
        return screen.run(arguments);
    }

    private void awaitStuck() {
        await().atMost(PATIENCE).until(() -> run("replication", "event", "shop", "b") == 1);
    }

    private void awaitRow(String where) {
        await().atMost(PATIENCE)
                .until(
                        () ->
                                pair.value("b", "SELECT count(*) FROM shop.goods WHERE " + where)
                                        .equals("1"));
    }

    @Test
    void aChangeIsShownBeforeItIsPassedOverAndWhatIsMissingThenIsFound() throws Exception {
        pair.run("a", "CREATE TABLE shop.goods (i INT PRIMARY KEY, name VARCHAR(20))");
        pair.run("a", "INSERT INTO shop.goods VALUES (1, 'one')");
        awaitRow("i = 1");
        assertThat(run("replication", "event", "shop", "b")).isEqualTo(ExitCode.OK);
        assertThat(screen.out()).isEqualTo("Nothing is in the way of b.\n");

        pair.run("b", "SET sql_log_bin = 0", "INSERT INTO shop.goods VALUES (5, 'mine')");
        pair.run("a", "INSERT INTO shop.goods VALUES (5, 'theirs')");
        awaitStuck();
        String shown = screen.out().replaceAll("\\s+", " ");
        assertThat(shown)
                .contains("The primary has added a row with '5' in key PRIMARY to the table of")
                .contains("INSERT INTO shop.goods VALUES (5, 'theirs')")
                .contains("What helps: compare the row on both servers");
        Matcher gtid = Pattern.compile("b stands before transaction (0-\\d+-\\d+)").matcher(shown);
        assertThat(gtid.find()).isTrue();
        assertThat(pair.state("b"))
                .isInstanceOfSatisfying(
                        MemberState.Replica.class,
                        it ->
                                assertThat(it.trouble().orElseThrow())
                                        .contains("a row with '5' in key PRIMARY"));

        assertThat(run("replication", "skip", "shop", "b", "0-7-7")).isEqualTo(1);
        assertThat(screen.err()).contains("not before 0-7-7: nothing was done.");
        assertThat(pair.value("b", "SELECT @@gtid_slave_pos")).doesNotContain(gtid.group(1));
        assertThat(run("replication", "skip", "shop", "b", gtid.group(1)))
                .as(screen.err())
                .isEqualTo(ExitCode.OK);
        assertThat(screen.out()).contains("has passed over " + gtid.group(1) + " and goes on.");
        pair.run("a", "INSERT INTO shop.goods VALUES (6, 'six')");
        awaitRow("i = 6");
        assertThat(pair.state("b"))
                .isInstanceOfSatisfying(
                        MemberState.Replica.class,
                        it -> {
                            assertThat(it.streaming()).isTrue();
                            assertThat(it.trouble()).isEmpty();
                        });

        assertThat(run("replication", "compare", "shop", "--rows", "2")).isEqualTo(1);
        assertThat(screen.out())
                .contains("  shop.goods: differs\n", "  shop.t: alike\n", "1 part differs.")
                .contains("shop.goods on b where (`i` <= 5)")
                .contains("2 there, 2 on a.");
        pair.run("b", "SET sql_log_bin = 0", "UPDATE shop.goods SET name = 'theirs' WHERE i = 5");
        assertThat(run("replication", "compare", "shop")).as(screen.out()).isEqualTo(ExitCode.OK);
        assertThat(screen.out()).contains("all alike");
    }

    @Test
    void tablesOfManyKindsAreComparedWhileTheyAreWrittenTo() throws Exception {
        pair.run(
                "a",
                "CREATE TABLE shop.pairs (a VARCHAR(20), b INT, c BLOB, d DOUBLE, e DATETIME(6),"
                        + " j TEXT, PRIMARY KEY (a, b))",
                "CREATE TABLE shop.keyless (n INT, t TEXT)",
                "CREATE TABLE shop.bytes (k VARBINARY(8) PRIMARY KEY, g POINT)",
                "INSERT INTO shop.pairs SELECT concat('k''\\\\', seq MOD 7), seq, repeat('x', seq"
                        + " MOD 50), seq / 3, now(6), NULL FROM shop.seq_1_to_500",
                "INSERT INTO shop.keyless SELECT seq, NULL FROM shop.seq_1_to_50",
                "INSERT INTO shop.bytes SELECT unhex(hex(seq)), POINT(seq, 1) FROM"
                        + " shop.seq_1_to_300");
        Thread writer = Thread.ofVirtual().start(ReplicationCommandTest::write);
        int code =
                run(
                        "replication",
                        "compare",
                        "shop",
                        "--rows",
                        "40",
                        "--table",
                        "shop.pairs",
                        "--table",
                        "shop.keyless",
                        "--table",
                        "shop.bytes");
        assertThat(code).as(screen.out() + screen.err()).isEqualTo(ExitCode.OK);
        assertThat(screen.out()).contains("3 tables of b, with");
        writer.join();
        pair.run("b", "SET sql_log_bin = 0", "UPDATE shop.bytes SET g = POINT(0, 0) LIMIT 1");
        pair.run("b", "SET sql_log_bin = 0", "UPDATE shop.keyless SET t = '' WHERE n = 7");
        pair.run("b", "SET sql_log_bin = 0", "DELETE FROM shop.pairs WHERE b = 400");
        assertThat(run("replication", "compare", "shop")).isEqualTo(1);
        assertThat(screen.out())
                .contains("  shop.bytes: differs\n")
                .contains("  shop.keyless: differs\n")
                .contains("  shop.pairs: differs\n");
        pair.run("b", "SET sql_log_bin = 0", "DROP TABLE shop.keyless");
        pair.run("b", "SET sql_log_bin = 0", "ALTER TABLE shop.bytes ADD COLUMN extra INT");
        assertThat(run("replication", "compare", "shop")).isEqualTo(1);
        assertThat(screen.out().replaceAll("\\s+", " "))
                .contains("shop.bytes has other columns on b, or is not there")
                .contains("shop.keyless has other columns on b, or is not there");
        assertThat(run("replication", "event", "shop", "b")).as(screen.out()).isZero();
        pair.run("b", "SET sql_log_bin = 0", "CREATE TABLE shop.keyless (n INT)");
        pair.run("a", "DROP TABLE shop.bytes, shop.keyless, shop.pairs");
        assertThat(run("replication", "compare", "shop", "--table", "shop.bytes")).isEqualTo(1);
        assertThat(screen.err()).contains("Not all of these tables are there: shop.bytes.");
    }

    private static void write() {
        try (Connection connection = pair.connect("a");
                Statement statement = connection.createStatement()) {
            for (int i = 1000; i < 1200; i++) {
                statement.execute("REPLACE INTO shop.pairs (a, b, j) VALUES ('w', " + i + ", 'x')");
                statement.execute("DELETE FROM shop.pairs WHERE b = " + (i - 1000));
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void whatIsMeantHasToBeSaid() {
        assertThat(run("replication")).isEqualTo(ExitCode.USAGE);
        assertThat(run("replication", "event", "shop")).isEqualTo(ExitCode.USAGE);
        assertThat(run("replication", "skip", "shop", "b")).isEqualTo(ExitCode.USAGE);
        assertThat(screen.err()).contains("Say which change is to be passed over");
        assertThat(run("replication", "event", "shop", "z")).isEqualTo(1);
        assertThat(screen.err()).contains("Database shop has no member z");
        assertThat(run("replication", "event", "nothing", "z")).isEqualTo(1);
        assertThat(screen.err()).contains("There is no database nothing");
        assertThat(run("replication", "skip", "shop", "b", "0-1-1")).isEqualTo(1);
        assertThat(screen.err()).contains("does not stand before a change");
    }
}
