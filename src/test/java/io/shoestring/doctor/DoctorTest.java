package io.shoestring.doctor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.shoestring.base.Clock;
import io.shoestring.base.WallClock;
import io.shoestring.config.ShoestringConfig;
import io.shoestring.database.postgresql.TestCluster;
import io.shoestring.doctor.facts.Facts;
import io.shoestring.doctor.facts.Survey;
import io.shoestring.protocol.postgresql.PostgresServer;
import io.shoestring.testing.FreePort;
import io.shoestring.testing.Program;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** Breaks real servers on purpose, sees it found, and mends them by the commands that are told. */
@Timeout(120)
class DoctorTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    /** On the tests' pair, which is on one disk of one machine, and does not flush. */
    private static final Set<String> NATURAL = Set.of("same-disk", "idle-in-transaction", "fsync");

    /** Whatever machine the tests run on. */
    private static final Set<String> MACHINE =
            Set.of(
                    "overcommit",
                    "node-files",
                    "server-files",
                    "swap",
                    "memory",
                    "disk-space",
                    "room-for-a-copy",
                    "wal-disk",
                    "flush-latency",
                    "round-trip");

    @TempDir private static Path directory;
    private static ExaminedPair pair;
    private static TestCluster cluster;

    @BeforeAll
    static void start() throws Exception {
        pair = new ExaminedPair(directory);
        cluster = pair.cluster;
    }

    @AfterAll
    static void stop() throws Exception {
        pair.close();
    }

    @Test
    void aHealthyPairHasOnlyWhatIsNatural() throws Exception {
        ShoestringConfig config = pair.config();
        await().atMost(PATIENCE)
                .untilAsserted(
                        () ->
                                assertThat(pair.examine(config).findings())
                                        .filteredOn(f -> !NATURAL.contains(f.check()))
                                        .filteredOn(f -> !MACHINE.contains(f.check()))
                                        .isEmpty());
        Report report = pair.examine(config);
        assertThat(report.servers()).isEqualTo(2);
        assertThat(report.checks())
                .isEqualTo(Checks.POSTGRESQL.size() + NodeChecks.ALL.size())
                .isGreaterThan(70);
        assertThat(report.worst()).contains(Severity.DANGER);
        assertThat(pair.found(report, "fsync")).isEqualTo("a,b: fsync is off.");
        assertThat(report.findings().getFirst().check()).isEqualTo("fsync");
    }

    @Test
    void settingsAreFoundAndMendedByTheCommandsThatAreTold() throws Exception {
        Map<String, String> bad =
                Map.ofEntries(
                        Map.entry("full_page_writes", "off"),
                        Map.entry("synchronous_commit", "off"),
                        Map.entry("max_slot_wal_keep_size", "-1"),
                        Map.entry("wal_sender_timeout", "1min"),
                        Map.entry("wal_receiver_timeout", "0"),
                        Map.entry("idle_session_timeout", "1h"),
                        Map.entry("autovacuum", "off"),
                        Map.entry("max_standby_streaming_delay", "-1"),
                        Map.entry("recovery_min_apply_delay", "1h"),
                        Map.entry("password_encryption", "md5"),
                        Map.entry("default_transaction_read_only", "on"));
        for (Map.Entry<String, String> setting : bad.entrySet()) {
            cluster.sql(
                    "a",
                    "ALTER SYSTEM SET %s = '%s'".formatted(setting.getKey(), setting.getValue()));
        }
        pair.reload("a");
        Map<String, String> expected =
                Map.ofEntries(
                        Map.entry("full-page-writes", "a: full_page_writes is off."),
                        Map.entry("synchronous-commit", "a: synchronous_commit is off."),
                        Map.entry("slot-limit", "a: max_slot_wal_keep_size is -1"),
                        Map.entry("sender-timeout", "a: wal_sender_timeout is 60 s."),
                        Map.entry("receiver-timeout", "a: wal_receiver_timeout is 0: none."),
                        Map.entry("agent-timeouts", "a: idle_session_timeout is 60 min"),
                        Map.entry("autovacuum", "a: autovacuum is off."),
                        Map.entry("replay-conflicts", "a: max_standby_streaming_delay is -1"),
                        Map.entry("apply-delay", "a: recovery_min_apply_delay is 60 min."),
                        Map.entry("password-encryption", "a: password_encryption is md5."),
                        Map.entry("read-only", "a: default_transaction_read_only is on."),
                        Map.entry("automatic-file", "sets wal_sender_timeout"),
                        Map.entry("fsync", "a,b: fsync is off."));
        ShoestringConfig config = pair.config();
        Report report = pair.awaitFound(config, expected);
        pair.mend(report, expected.keySet());
        pair.awaitGone(config, expected.keySet());

        assertThat(cluster.value("a", "SHOW idle_session_timeout")).isEqualTo("0");
        cluster.sql("a", "ALTER ROLE postgres RESET idle_session_timeout");
        cluster.sql("a", "ALTER SYSTEM RESET ALL");
        cluster.sql("b", "ALTER SYSTEM RESET ALL");
        pair.reload("a");
        pair.reload("b");
        pair.awaitFound(config, Map.of("fsync", "a,b: fsync is off."));
    }

    @Test
    void settingsOfRolesAndThoseThatDifferOrWaitAreFound() throws Exception {
        cluster.sql("a", "CREATE ROLE hasty LOGIN");
        cluster.sql("a", "ALTER ROLE hasty SET synchronous_commit = off");
        cluster.sql("a", "ALTER SYSTEM SET max_connections = 300");
        cluster.sql("a", "ALTER SYSTEM SET work_mem = '77MB'");
        Path conf = cluster.data("b").resolve("postgresql.conf");
        String sound = Files.readString(conf);
        Files.writeString(conf, sound + "nonsense_at_all = 7 8\n");
        pair.reload("a");
        ShoestringConfig config = pair.config();
        pair.awaitFound(
                config,
                Map.of(
                        "synchronous-commit", "a: synchronous_commit is off for role hasty.",
                        "pending-restart", "a: Waiting for a restart: max_connections.",
                        "settings-alike", "b: work_mem is '4096', and '78848' on a.",
                        "settings-files", "b: The server complains of"));
        Files.writeString(conf, sound);
        cluster.sql("a", "ALTER SYSTEM RESET ALL");
        cluster.sql("a", "DROP ROLE hasty");
        pair.reload("a");
        pair.awaitGone(config, Set.of("pending-restart", "settings-alike", "settings-files"));
    }

    @Test
    void accessRulesAndRolesAreFound() throws Exception {
        try (Connection connection = cluster.connect("a");
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE ROLE boss SUPERUSER LOGIN");
            statement.execute("CREATE ROLE writer LOGIN IN ROLE pg_write_server_files");
            statement.execute("SET password_encryption = md5");
            statement.execute("CREATE ROLE old LOGIN PASSWORD 'x'");
            statement.execute("ALTER ROLE postgres VALID UNTIL 'tomorrow'");
        }
        Path rules = cluster.data("a").resolve("pg_hba.conf");
        String sound = Files.readString(rules);
        Files.writeString(
                rules,
                "host replication postgres 127.0.0.9/32 reject\n"
                        + sound
                        + "host all all 10.0.0.0/8 trust\nhost all all 10.0.0.0/8 telepathy\n");
        // To another machine's address, where nobody listens.
        ShoestringConfig far = pair.config("127.0.0.9", pair.database("", "far"));
        Report report =
                pair.awaitFound(
                        far,
                        Map.of(
                                "powerful-roles", "a: Role boss is a superuser.",
                                "md5-passwords", "the password of old",
                                "superuser-expiry", "The password of postgres expires in",
                                "hba-superuser", "no line for postgres from 127.0.0.9 to postgres",
                                "hba-replication", "line 1, rejects postgres from 127.0.0.9",
                                "hba-trust", "trust from 10.0.0.0 for all.",
                                "hba-errors", "telepathy",
                                "listen-addresses", "b: It is not reached by 127.0.0.9",
                                "encryption", "ssl is off."));
        assertThat(pair.found(report, "powerful-roles"))
                .contains("Role writer is a member of pg_write_server_files.");
        assertThat(pair.found(report, "hba-trust")).doesNotContain("127.0.0.1");
        Files.writeString(rules, sound);
        pair.mend(report, Set.of("powerful-roles", "superuser-expiry"));
        for (String role : List.of("boss", "writer", "old")) {
            cluster.sql("a", "DROP ROLE " + role);
        }
        pair.awaitGone(
                pair.config(),
                Set.of("powerful-roles", "superuser-expiry", "hba-errors", "md5-passwords"));
    }

    @Test
    void whatHoldsUpTheLogIsFound() throws Exception {
        cluster.sql("a", "SELECT pg_create_physical_replication_slot('forgotten', true)");
        cluster.sql("a", "SELECT pg_create_logical_replication_slot('changes', 'test_decoding')");
        cluster.sql("a", "ALTER SYSTEM SET archive_command = '/bin/false'");
        pair.reload("a");
        cluster.sql("b", "SELECT pg_wal_replay_pause()");
        cluster.sql("a", "SELECT pg_logical_emit_message(true, 'x', repeat('x', 70000000))");
        cluster.sql("a", "SELECT pg_switch_wal()");
        ShoestringConfig config = pair.config();
        Report report =
                pair.awaitFound(
                        config,
                        Map.of(
                                "slot-inactive", "Slot forgotten is not used",
                                "logical-slots",
                                        "Slot changes is logical, and does not follow a failover.",
                                "lag", "a: b is ",
                                "replay", "b: Replay is paused.",
                                "archive", "fails ("));
        pair.mend(report, Set.of("slot-inactive", "replay"));
        cluster.sql("a", "ALTER SYSTEM RESET archive_command");
        pair.reload("a");
        pair.awaitGone(
                config, Set.of("slot-inactive", "logical-slots", "lag", "replay", "archive"));
    }

    @Test
    void aReplicaWithoutLogIsFound() throws Exception {
        cluster.sql("b", "ALTER SYSTEM SET primary_conninfo = ''");
        pair.reload("b");
        ShoestringConfig config = pair.config();
        Report report =
                pair.awaitFound(
                        config,
                        Map.of(
                                "follows", "b: No log flows in.",
                                "automatic-file", "sets primary_conninfo."));
        ShoestringConfig maximum =
                pair.config("127.0.0.9", pair.database("protection: maximum", "near"));
        pair.awaitFound(maximum, Map.of("commits-blocked", "a: No replica that may be promoted"));
        pair.mend(report, Set.of("automatic-file"));
        pair.awaitGone(maximum, Set.of("follows", "automatic-file", "commits-blocked"));
    }

    @Test
    void whatIsInTheDatabasesIsFound() throws Exception {
        cluster.sql("a", "CREATE UNLOGGED TABLE cache (n int)");
        cluster.sql("a", "CREATE EXTENSION pgcrypto");
        cluster.sql("a", "UPDATE pg_collation SET collversion = '1' WHERE collname = 'en-x-icu'");
        try (Connection open = cluster.connect("a");
                Statement statement = open.createStatement()) {
            statement.execute("BEGIN; INSERT INTO cache VALUES (1); PREPARE TRANSACTION 'left'");
            statement.execute("BEGIN; SELECT txid_current()");
            ShoestringConfig config = pair.config();
            Facts facts = pair.gather(config);
            assertThat(pair.found(Doctor.examine(facts), "unlogged-tables"))
                    .contains("postgres: public.cache");
            assertThat(pair.found(Doctor.examine(facts), "collation-recorded"))
                    .contains("collation en-x-icu (recorded 1, now ");
            var contents =
                    facts.databases()
                            .getFirst()
                            .servers()
                            .getFirst()
                            .answers()
                            .orElseThrow()
                            .contents();
            assertThat(contents.oldest().orElseThrow().state()).isEqualTo("idle in transaction");
            assertThat(contents.prepared().getFirst().id()).isEqualTo("left");
            assertThat(contents.installed()).containsKey("postgres/pgcrypto");
            assertThat(contents.available()).containsKey("pgcrypto");
            assertThat(contents.collations()).containsKey("icu en-x-icu");
            statement.execute("ROLLBACK");
            statement.execute("ROLLBACK PREPARED 'left'");
        }
        cluster.sql("a", "DROP TABLE cache");
        cluster.sql("a", "DROP EXTENSION pgcrypto");
        cluster.sql("a", "ALTER COLLATION pg_catalog.\"en-x-icu\" REFRESH VERSION");
        assertThat(pair.ids(pair.examine(pair.config())))
                .doesNotContain("unlogged-tables", "collation-recorded");
    }

    @Test
    void filesThatAreOpenToOthersAreFound() throws Exception {
        Path data = cluster.data("b");
        Path password = cluster.config().superuser().passwordFile();
        Set<java.nio.file.attribute.PosixFilePermission> before =
                Files.getPosixFilePermissions(password);
        Files.setPosixFilePermissions(data, PosixFilePermissions.fromString("rwxr-xr-x"));
        Files.setPosixFilePermissions(password, PosixFilePermissions.fromString("rw-r--r--"));
        Report report = pair.examine(pair.config());
        assertThat(pair.found(report, "data-permissions")).contains(data + " is rwxr-xr-x.");
        assertThat(pair.found(report, "secrets")).contains(password + " is rw-r--r--.");
        pair.run("true; " + pair.mendOf(report, "data-permissions"));
        pair.run("true; " + pair.mendOf(report, "secrets"));
        assertThat(pair.ids(pair.examine(pair.config())))
                .doesNotContain("data-permissions", "secrets");
        Files.setPosixFilePermissions(password, before);
    }

    @Test
    void programsThatAreMissingOrOfAnotherVersionAreFound() throws Exception {
        Path programs = directory.resolve("programs");
        Files.createDirectory(programs);
        Path real = Path.of("/usr/lib/postgresql/15/bin");
        for (String name : List.of("postgres", "pg_ctl", "pg_controldata", "pg_basebackup")) {
            script(programs.resolve(name), "exec " + real.resolve(name) + " \"$@\"");
        }
        script(programs.resolve("pg_waldump"), "echo 'pg_waldump (PostgreSQL) 14.1'");
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        Report report =
                pair.examine(
                        pair.config("127.0.0.9", pair.database("programs: " + programs, "near")));
        assertThat(pair.found(report, "programs"))
                .startsWith("a,b: Missing in")
                .endsWith(": pg_rewind.");
        assertThat(pair.found(report, "program-versions")).contains("installed: pg_waldump 14.1");
        Files.delete(programs.resolve("postgres"));
        report =
                pair.examine(
                        pair.config("127.0.0.9", pair.database("programs: " + programs, "near")));
        assertThat(pair.found(report, "programs"))
                .contains("There are no programs of PostgreSQL for");
    }

    private static void script(Path file, String line) throws Exception {
        Files.writeString(file, "#!/bin/sh\n" + line + "\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    @Test
    void aClockThatIsOffIsFound() throws Exception {
        WallClock late = () -> WallClock.system().now().minusSeconds(100);
        Facts facts =
                new Survey(pair.config(), Clock.system(), late, List.of()).gather(Optional.empty());
        assertThat(pair.found(Doctor.examine(facts), "clocks"))
                .matches("(?s)a.*: Its clock is (100|99.9|100.1) s ahead of this machine's.*");
    }

    @Test
    void whoCannotBeAskedIsFound() throws Exception {
        Path wrong = directory.resolve("wrong");
        Files.writeString(wrong, "not the password\n");
        cluster.sql("a", "CREATE ROLE plain LOGIN PASSWORD 'p'");
        Path plain = directory.resolve("plain");
        Files.writeString(plain, "p\n");
        ShoestringConfig config =
                pair.config(
                        "127.0.0.9",
                        """
                        refused:
                          engine: postgresql
                          superuser: { name: postgres, password-file: %s }
                          members: { a: { node: near, data: %s, port: %d } }
                        weak:
                          engine: postgresql
                          superuser: { name: plain, password-file: %s }
                          members: { w: { node: near, data: %s, port: %d } }
                        swapped:
                          engine: postgresql
                          superuser: { name: postgres, password-file: %s }
                          members:
                            x: { node: near, data: %s, port: %d }
                            y: { node: near, data: %s, port: %d }
                        """
                                .formatted(
                                        wrong,
                                        cluster.data("a"),
                                        pair.port("a"),
                                        plain,
                                        cluster.data("b"),
                                        pair.port("b"),
                                        cluster.config().superuser().passwordFile(),
                                        directory.resolve("x"),
                                        FreePort.find(),
                                        directory.resolve("y"),
                                        FreePort.find()));
        Report report = pair.examine(config);
        assertThat(pair.found(report, "log-in"))
                .contains("a: FATAL: password authentication failed");
        assertThat(pair.found(report, "superuser-rights"))
                .isEqualTo("w: The role plain is no superuser.");
        assertThat(pair.found(report, "server-answers"))
                .isEqualTo("x,y: Its data directory is empty.");
        cluster.sql("a", "DROP ROLE plain");
    }

    @Test
    void anotherServerAtThePortIsFound() throws Exception {
        ShoestringConfig config =
                pair.config(
                        "127.0.0.9",
                        """
                        other:
                          engine: postgresql
                          superuser: { name: postgres, password-file: %s }
                          members: { x: { node: near, data: %s, port: %d } }
                        """
                                .formatted(
                                        cluster.config().superuser().passwordFile(),
                                        cluster.data("b"),
                                        pair.port("a")));
        assertThat(pair.found(pair.examine(config), "right-server"))
                .startsWith("x: Port " + pair.port("a") + " is answered by the server of ");
    }

    /** What only a start brings into force is broken in one server that is started so. */
    @Test
    void aServerThatIsNotReadyToBeAdoptedIsTold() throws Exception {
        try (PostgresServer server =
                        PostgresServer.start(
                                "wal_level=minimal",
                                "max_wal_senders=0",
                                "max_replication_slots=0",
                                "hot_standby=off",
                                "archive_mode=off",
                                "synchronous_standby_names=ghost");
                Connection connection = server.connect();
                Statement statement = connection.createStatement()) {
            Path password = directory.resolve("none");
            Files.writeString(password, "none\n");
            var row = statement.executeQuery("SHOW data_directory");
            row.next();
            Path data = Path.of(row.getString(1));
            Path space = data.resolveSibling("space");
            Files.createDirectory(space);
            Program.run(directory, List.of("chown", "--reference=" + data, space.toString()))
                    .sound();
            statement.execute("CREATE TABLESPACE beside LOCATION '" + space + "'");
            ShoestringConfig config =
                    pair.config(
                            "127.0.0.9",
                            """
                            bare:
                              engine: postgresql
                              superuser: { name: postgres, password-file: %s }
                              members:
                                a: { node: near, data: %s, port: %d }
                                b: { node: near, data: %s, port: %d }
                            """
                                    .formatted(
                                            password,
                                            data,
                                            server.port(),
                                            directory.resolve("empty"),
                                            FreePort.find()));
            Report report = pair.examine(config);
            Set<String> found = new TreeSet<>(pair.ids(report));
            assertThat(found)
                    .contains(
                            "wal-level",
                            "wal-senders",
                            "replication-slots",
                            "hot-standby",
                            "rewind",
                            "data-checksums",
                            "synchronous-names",
                            "tablespaces",
                            "slot-limit",
                            "server-answers");
            assertThat(pair.found(report, "rewind")).contains("There are no data checksums");
            assertThat(pair.found(report, "tablespaces"))
                    .contains("Tablespace beside is in " + space);
            assertThat(pair.mendOf(report, "hot-standby")).startsWith("Shoestring sets it when");
            statement.execute("DROP TABLESPACE beside");
        }
    }
}
