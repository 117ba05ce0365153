package io.shoestring.doctor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.shoestring.base.Clock;
import io.shoestring.base.WallClock;
import io.shoestring.config.ConfigReader;
import io.shoestring.config.ShoestringConfig;
import io.shoestring.database.mysql.MariaDbCluster;
import io.shoestring.doctor.Report.Finding;
import io.shoestring.doctor.facts.DiskFacts.Latency;
import io.shoestring.doctor.facts.Facts;
import io.shoestring.doctor.facts.MariaDbFacts;
import io.shoestring.doctor.facts.MariaDbFacts.Disk;
import io.shoestring.doctor.facts.Survey;
import io.shoestring.testing.FreePort;
import io.shoestring.testing.MariaDb;
import io.shoestring.testing.Program;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Breaks real MariaDB servers on purpose, sees it found, and mends them by what is told. */
@Timeout(180)
class MariaDbDoctorTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    /** Of the tests' pair, and of whatever machine they run on. */
    private static final Set<String> NATURAL =
            Set.of(
                    "mariadb-same-disk",
                    "mariadb-disk-space",
                    "mariadb-flush-latency",
                    "mariadb-data-permissions",
                    "read-only-at-start",
                    "log-kept",
                    "secrets",
                    "node-files");

    @TempDir private static Path directory;
    private static MariaDbCluster pair;

    @BeforeAll
    static void start() throws Exception {
        pair = MariaDbCluster.pair();
    }

    @AfterAll
    static void stop() throws Exception {
        pair.close();
    }

    @Test
    void aHealthyPairHasOnlyWhatIsNatural() throws Exception {
        Report report = examine();
        assertThat(report.servers()).isEqualTo(2);
        assertThat(report.findings()).filteredOn(f -> !NATURAL.contains(f.check())).isEmpty();
        assertThat(report.checks()).isEqualTo(Checks.MARIADB.size() + NodeChecks.ALL.size());
        assertThat(Checks.MARIADB).hasSizeGreaterThan(50);
        assertThat(found(report, "mariadb-same-disk")).startsWith("b: Its data is on the same");
    }

    @Test
    void settingsOfThePrimaryAreFoundAndMendedByTheCommandsThatAreTold() throws Exception {
        pair.run(
                "a",
                "SET GLOBAL binlog_format = 'STATEMENT'",
                "SET GLOBAL binlog_checksum = 'NONE'",
                "SET GLOBAL binlog_expire_logs_seconds = 60",
                "SET GLOBAL gtid_strict_mode = OFF",
                "SET GLOBAL sync_binlog = 0",
                "SET GLOBAL innodb_flush_log_at_trx_commit = 2",
                "SET GLOBAL innodb_fast_shutdown = 2",
                "SET GLOBAL rpl_semi_sync_master_timeout = 1000",
                "SET GLOBAL rpl_semi_sync_master_wait_point = 'AFTER_COMMIT'",
                "SET GLOBAL slave_exec_mode = 'IDEMPOTENT'",
                "SET GLOBAL foreign_key_checks = OFF",
                "SET GLOBAL unique_checks = OFF",
                "SET GLOBAL autocommit = OFF",
                "SET GLOBAL sql_mode = 'ANSI_QUOTES'",
                "SET GLOBAL wait_timeout = 30",
                "SET GLOBAL init_connect = 'SELECT 1'",
                "SET GLOBAL general_log = ON");
        mends(
                Map.ofEntries(
                        Map.entry("binlog-format", "a: binlog_format is STATEMENT."),
                        Map.entry("binlog-checksum", "a: binlog_checksum is NONE."),
                        Map.entry("log-kept", "a: binlog_expire_logs_seconds is 60."),
                        Map.entry("gtid-strict-mode", "a: gtid_strict_mode is OFF."),
                        Map.entry("sync-binlog", "a: sync_binlog is 0."),
                        Map.entry("flush-log", "a: innodb_flush_log_at_trx_commit is 2."),
                        Map.entry("fast-shutdown", "a: innodb_fast_shutdown is 2."),
                        Map.entry("semi-sync-timeout", "rpl_semi_sync_master_timeout is 1 s."),
                        Map.entry("semi-sync-point", "wait_point is AFTER_COMMIT."),
                        Map.entry("slave-exec-mode", "a: slave_exec_mode is IDEMPOTENT."),
                        Map.entry("foreign-keys", "a: foreign_key_checks is OFF."),
                        Map.entry("unique-keys", "a: unique_checks is OFF."),
                        Map.entry("autocommit", "a: autocommit is OFF."),
                        Map.entry("strict-mode", "a: sql_mode is 'ANSI_QUOTES'."),
                        Map.entry("wait-timeout", "a: wait_timeout is 30 s."),
                        Map.entry("init-connect", "a: init_connect is SELECT 1."),
                        Map.entry("general-log", "a: general_log is ON.")));
        assertThat(pair.value("a", "SELECT @@global.sql_mode"))
                .contains("STRICT_TRANS_TABLES", "ANSI_QUOTES");
        pair.run("a", "SET GLOBAL sql_mode = DEFAULT");
    }

    @Test
    void whatTheServersMustHaveInCommonIsFound() throws Exception {
        String mode = pair.value("b", "SELECT @@global.sql_mode");
        pair.run(
                "b",
                "SET GLOBAL slave_net_timeout = 60",
                "SET GLOBAL slave_max_allowed_packet = 1048576",
                "SET GLOBAL gtid_domain_id = 7",
                "SET GLOBAL auto_increment_increment = 2",
                "SET GLOBAL sql_mode = 'STRICT_ALL_TABLES'",
                "SET GLOBAL rpl_semi_sync_slave_enabled = OFF");
        Report report =
                awaitFound(
                        Map.of(
                                "mariadb-settings-alike", "b: sql_mode is 'STRICT_ALL_TABLES', and",
                                "auto-increment",
                                        "b: auto_increment_increment is 2, and _offset 1."));
        assertThat(found(report, "auto-increment")).contains("a: auto_increment_increment is 1");
        mends(
                Map.of(
                        "slave-net-timeout", "b: slave_net_timeout is 60 s.",
                        "packet-size", "b: slave_max_allowed_packet is 1 MB, and",
                        "gtid-domain", "b: gtid_domain_id is 7, and 0 on a.",
                        "replica-acknowledges", "b: rpl_semi_sync_slave_enabled is OFF.",
                        "auto-increment", "b: auto_increment_increment is 2"));
        pair.run("b", "SET GLOBAL sql_mode = '" + mode + "'");
        awaitGone(Set.of("mariadb-settings-alike"));
    }

    @Test
    void twoServersOfOneNumberAndTwoWritersAreFound() throws Exception {
        String number = pair.value("b", "SELECT @@global.server_id");
        String numberOfA = pair.value("a", "SELECT @@global.server_id");
        pair.run("b", "SET GLOBAL server_id = " + numberOfA, "SET GLOBAL read_only = OFF");
        mends(
                Map.of(
                        "server-id",
                        "a,b: server_id is " + numberOfA + " on each.",
                        "one-writer",
                        "shop: a and b take writes."));
        pair.run("b", "SET GLOBAL server_id = " + number);
        pair.run("a", "SET GLOBAL read_only = ON");
        awaitFound(Map.of("one-writer", "shop: No server takes writes."));
        pair.run("a", "SET GLOBAL read_only = OFF");
        pair.run("a", "SET GLOBAL rpl_semi_sync_master_enabled = OFF");
        awaitFound(Map.of("primary-waits", "a: rpl_semi_sync_master_enabled is OFF."));
        pair.run("a", "SET GLOBAL rpl_semi_sync_master_enabled = ON");
        awaitGone(Set.of("one-writer", "primary-waits"));
    }

    @Test
    void aReplicaThatFollowsWronglyIsFound() throws Exception {
        pair.run(
                "b",
                "STOP SLAVE",
                "SET GLOBAL replicate_ignore_db = 'secrets'",
                "CHANGE MASTER TO master_use_gtid = no, master_delay = 3600",
                "START SLAVE",
                "CHANGE MASTER 'second' TO master_host = '127.0.0.1', master_port = 1");
        pair.run(
                "a",
                "CHANGE MASTER TO master_host = '127.0.0.1', master_port = 1, master_user = 'x'",
                "START SLAVE");
        Report report =
                awaitFound(
                        Map.of(
                                "replication-filters", "replicate_ignore_db = secrets.",
                                "primary-follows", "a: It takes writes, and follows 127.0.0.1:1"));
        mend(report, Set.of("primary-follows"));
        pair.run("a", "RESET SLAVE ALL");
        pair.run("b", "STOP SLAVE", "SET GLOBAL replicate_ignore_db = ''", "START SLAVE");
        mends(
                Map.of(
                        "gtid", "b: It follows by file and position.",
                        "replication-delay", "b: It applies everything 3600 s late.",
                        "one-source", "b: It follows 127.0.0.1:1, too (connection 'second')."));
        awaitGone(Set.of("replication-filters", "primary-follows", "replication"));
    }

    @Test
    void aPairThatIsToFollowEachOtherAndDoesNotIsFound() throws Exception {
        config();
        Path file = directory.resolve("shoestring.yaml");
        Files.writeString(
                file,
                Files.readString(file)
                        .replace("engine: mariadb", "engine: mariadb\n    topology: mutual"));
        ShoestringConfig mutual = ((ConfigReader.Sound) ConfigReader.read(file)).config();
        assertThat(found(mutual, "mutual"))
                .isEqualTo("a: It takes writes, and does not follow its successor.");
        assertThat(found(mutual, "auto-increment"))
                .contains("a,b: auto_increment_increment is 1, and _offset 1.");
        pair.run(
                "a",
                ("CHANGE MASTER 'shoestring' TO master_host = '127.0.0.1', master_port = %d,"
                                + " master_user = '%s', master_password = '%s',"
                                + " master_use_gtid = no")
                        .formatted(
                                pair.spec("b").endpoint().port(),
                                MariaDbCluster.USER,
                                MariaDbCluster.PASSWORD.replace("\\", "\\\\").replace("'", "''")),
                "START SLAVE 'shoestring'");
        await().atMost(PATIENCE).untilAsserted(() -> assertThat(found(mutual, "mutual")).isEmpty());
        assertThat(found(mutual, "primary-follows")).isEmpty();
        assertThat(found(mutual, "one-source")).isEmpty();
        assertThat(found(config(), "primary-follows"))
                .startsWith("a: It takes writes, and follows");
        pair.run("a", "STOP SLAVE 'shoestring'", "RESET SLAVE 'shoestring' ALL");
    }

    @Test
    void aReplicaOfSomebodyElseOrOfNobodyIsFound() throws Exception {
        pair.run("b", "STOP SLAVE");
        awaitFound(Map.of("replication", "b: Somebody has stopped it: STOP SLAVE."));
        pair.run("b", "CHANGE MASTER TO master_port = 1", "START SLAVE");
        awaitFound(
                Map.of(
                        "follows-primary", "b: It follows 127.0.0.1:1, and the primary is a.",
                        "replication", "b: 127.0.0.1:1 cannot be reached: "));
        pair.run(
                "b",
                "STOP SLAVE",
                "CHANGE MASTER TO master_port = " + pair.spec("a").endpoint().port(),
                "START SLAVE");
        awaitGone(Set.of("follows-primary", "replication"));
    }

    @Test
    void aReplicaThatIsBehindAndOneThatHasMoreAreFound() throws Exception {
        try (Connection reader = pair.connect("b");
                Statement statement = reader.createStatement()) {
            statement.execute("FLUSH TABLES WITH READ LOCK");
            pair.run(
                    "a",
                    "SET timestamp = unix_timestamp() - 7200",
                    "INSERT INTO shop.t VALUES (10)");
            Report report = awaitFound(Map.of("behind", "b: What it applies is 72"));
            mend(report, Set.of("behind"));
            statement.execute("UNLOCK TABLES");
        }
        awaitGone(Set.of("behind"));
        pair.run("b", "INSERT INTO shop.t VALUES (99)");
        String number = pair.value("b", "SELECT @@global.server_id");
        awaitFound(Map.of("errant-transactions", "b: Only it has up to 0-" + number + "-"));
        String state = pair.value("a", "SELECT @@global.gtid_binlog_state");
        pair.run(
                "b",
                "STOP SLAVE",
                "SET sql_log_bin = 0",
                "DELETE FROM shop.t WHERE i = 99",
                "RESET MASTER",
                "SET GLOBAL gtid_binlog_state = '" + state + "'",
                "START SLAVE");
        awaitGone(Set.of("errant-transactions", "replication"));
    }

    @Test
    void whatIsInTheDatabasesIsFound() throws Exception {
        pair.run(
                "a",
                "CREATE TABLE shop.old (i INT PRIMARY KEY) ENGINE = MyISAM",
                "CREATE TABLE shop.bare (i INT)",
                "CREATE EVENT shop.nightly ON SCHEDULE EVERY 1 DAY DO SELECT 1",
                "XA START 'left'",
                "INSERT INTO shop.t VALUES (11)",
                "XA END 'left'",
                "XA PREPARE 'left'");
        await().until(
                        () ->
                                pair.value("b", "SELECT count(*) FROM information_schema.events")
                                        .equals("1"));
        pair.run(
                "b",
                "SET sql_log_bin = 0",
                "ALTER EVENT shop.nightly ENABLE",
                "SET GLOBAL event_scheduler = ON");
        Report report =
                awaitFound(
                        Map.of(
                                "engines", "a: Not InnoDB: shop.old (MyISAM).",
                                "primary-keys", "a: Without a primary or unique key: shop.bare.",
                                "xa-transactions", "a: Prepared and not ended: left.",
                                "events",
                                        "b: The event scheduler is on, and these are enabled:"
                                                + " shop.nightly"));
        mend(report, Set.of("events"));
        pair.run("b", "SET GLOBAL event_scheduler = OFF");
        pair.run(
                "a",
                "XA ROLLBACK 'left'",
                "DROP TABLE shop.old, shop.bare",
                "DROP EVENT shop.nightly");
        awaitGone(Set.of("engines", "primary-keys", "xa-transactions", "events"));
    }

    @Test
    void usersWhoMayTooMuchOrTooLittleAreFound() throws Exception {
        pair.run(
                "a",
                "CREATE USER boss IDENTIFIED BY 'x'",
                "GRANT READ ONLY ADMIN ON *.* TO boss",
                "CREATE USER anybody@'10.%'",
                "CREATE USER old IDENTIFIED VIA mysql_old_password USING '5d2e19393cc5ef67'",
                "CREATE USER web@'app.example' IDENTIFIED BY 'x'",
                "REVOKE REPLICATION SLAVE ON *.* FROM 'shoestring-b'@'%'",
                "GRANT SELECT ON *.* TO 'shoestring-b'@'%'");
        Report report =
                awaitFound(
                        Map.of(
                                "old-passwords", "a: 'old'@'%' logs in by mysql_old_password.",
                                "host-names", "a: 'web'@'app.example' is known by the name",
                                "replication-user", "a: 'shoestring-b'@'%' may not replicate."));
        assertThat(found(report, "replication-user")).contains("may also: SELECT.");
        mends(
                Map.of(
                        "writes-past-read-only", "a: 'boss'@'%' has READ_ONLY ADMIN.",
                        "no-password", "a: 'anybody'@'10.%' needs no password.",
                        "replication-user", "may not replicate"));
        pair.run("a", "DROP USER boss, anybody@'10.%', old, web@'app.example'");
        awaitGone(Set.of("old-passwords", "host-names"));
    }

    @Test
    void aServerThatCannotBeAskedIsFound() throws Exception {
        int port = pair.spec("b").endpoint().port();
        Path wrong = Files.writeString(directory.resolve("wrong"), "wrong\n");
        assertThat(found(config("b", 0, "agent", FreePort.find(), wrong), "mariadb-log-in"))
                .contains("a: error 1045", "Access denied");
        assertThat(found(config("b", 0, "agent", FreePort.find(), wrong), "mariadb-answers"))
                .contains("b: Connection refused");
        assertThat(found(config("nowhere", 0, "agent", port, secret()), "mariadb-right-server"))
                .contains("Port " + port + " is answered by the server of");
    }

    @Test
    void anAgentWithoutRightsOrFromAnywhereElseIsFound() throws Exception {
        pair.run(
                "a",
                "CREATE USER weak@'127.0.0.1' IDENTIFIED BY 'weak'",
                "GRANT SELECT, PROCESS, SLAVE MONITOR, SUPER ON *.* TO weak@'127.0.0.1'");
        Path weak = Files.writeString(directory.resolve("weak"), "weak\n");
        ShoestringConfig far = config("b", 9, "weak", pair.spec("b").endpoint().port(), weak);
        assertThat(found(far, "mariadb-rights"))
                .contains("The user weak lacks BINLOG ADMIN, BINLOG MONITOR, CREATE USER");
        assertThat(found(far, "agent-host")).contains("There is no user weak for 127.0.0.9.");
        assertThat(found(far, "bind-address")).contains("b: It is not reached by 127.0.0.9");
        assertThat(found(far, "replication-tls")).contains("b: Its connection to the primary");
        pair.run("a", "DROP USER weak@'127.0.0.1'");
    }

    /** What only a start can set, of a server that is also of another version. */
    @Test
    void whatAServerWasStartedWithIsFound() throws Exception {
        try (MariaDb odd =
                MariaDb.start(
                        77,
                        "--skip-log-bin",
                        "--skip-log-slave-updates",
                        "--innodb-doublewrite=0",
                        "--innodb-force-recovery=1",
                        "--slave-skip-errors=1062",
                        "--skip-name-resolve=0",
                        "--max-connections=12",
                        "--read-only",
                        "--version=10.4.1-MariaDB")) {
            odd.root(
                    "CREATE USER agent IDENTIFIED BY 'it''s a \\\\ secret'",
                    "GRANT ALL PRIVILEGES ON *.* TO agent WITH GRANT OPTION");
            ShoestringConfig config =
                    config(
                            """
                            a: { node: near, data: %s, port: %d }
                            c: { node: near, data: %s, port: %d }
                            """
                                    .formatted(
                                            pair.data("a"),
                                            pair.spec("a").endpoint().port(),
                                            odd.data(),
                                            odd.port()),
                            "agent",
                            secret());
            List<Connection> many = new ArrayList<>();
            for (int i = 0; i < 9; i++) {
                many.add(odd.connect("root", ""));
            }
            Report report = Doctor.examine(gather(config));
            for (Connection each : many) {
                each.close();
            }
            Map<String, String> expected =
                    Map.ofEntries(
                            Map.entry("binary-log", "c: log_bin is OFF."),
                            Map.entry("log-slave-updates", "c: log_slave_updates is OFF."),
                            Map.entry("doublewrite", "c: innodb_doublewrite is OFF."),
                            Map.entry("force-recovery", "c: innodb_force_recovery is 1."),
                            Map.entry("skip-errors", "c: slave_skip_errors is 1062."),
                            Map.entry("name-resolution", "c: skip_name_resolve is OFF."),
                            Map.entry("connect-errors", "c: max_connect_errors is 100, and"),
                            Map.entry("connections", "of 12 connections are in use."),
                            Map.entry("mariadb-version", "c: It is 10.4.1-MariaDB."),
                            Map.entry("versions-alike", "c: It is 10.4.1-MariaDB, and a is 10.11"),
                            Map.entry(
                                    "follows-primary",
                                    "c: It follows nobody, and the primary is a."));
            expected.forEach((id, words) -> assertThat(found(report, id)).as(id).contains(words));
        }
    }

    @Test
    void filesAndDisksAreLookedAt() throws Exception {
        Path data = pair.data("b");
        Files.setPosixFilePermissions(data, PosixFilePermissions.fromString("rwxr-xr-x"));
        assertThat(found(examine(), "mariadb-data-permissions")).contains(data + " is rwxr-xr-x.");
        String mend = mendOf(examine(), "mariadb-data-permissions");
        Program.run(directory, List.of("sh", "-c", mend)).sound();
        assertThat(found(examine(), "mariadb-data-permissions")).doesNotContain(data + " is");

        assertThat(found(examine(), "read-only-at-start")).contains("does not say read_only");
        for (String each : List.of("a", "b")) {
            Files.writeString(pair.settings(each), "read-only = 1\n", StandardOpenOption.APPEND);
        }
        assertThat(found(examine(), "read-only-at-start")).isEmpty();

        Facts facts = gather(config());
        Disk full =
                new Disk(
                        false,
                        100_000_000_000L,
                        2_000_000_000L,
                        7,
                        "rwx------",
                        Optional.of(new Latency(Duration.ofMillis(50), Duration.ofSeconds(1))),
                        Optional.empty());
        Report report = Doctor.examine(with(facts, full));
        assertThat(found(report, "mariadb-disk-space")).isEqualTo("a,b: 2 GB of 100 GB are free.");
        assertThat(found(report, "mariadb-flush-latency"))
                .isEqualTo("a,b: To make 8 kB durable takes 50 ms.");
    }

    private static Facts with(Facts facts, Disk disk) {
        MariaDbFacts shop = facts.mariadb().getFirst();
        return new Facts(
                facts.databases(),
                List.of(
                        new MariaDbFacts(
                                shop.config(),
                                shop.servers().stream()
                                        .map(
                                                each ->
                                                        new MariaDbFacts.Server(
                                                                each.member(),
                                                                each.address(),
                                                                each.answers(),
                                                                each.problem(),
                                                                Optional.of(disk)))
                                        .toList())),
                facts.node(),
                facts.gaps());
    }

    private static Path secret() {
        return pair.config.superuser().passwordFile();
    }

    private static ShoestringConfig config() throws Exception {
        return config("b", 0, "agent", pair.spec("b").endpoint().port(), secret());
    }

    /** With the second member's data of that one, on its node (0: near). */
    private static ShoestringConfig config(
            String dataOf, int node, String user, int portOfB, Path password) throws Exception {
        return config(
                """
                a: { node: near, data: %s, config-file: %s, port: %d }
                b: { node: %s, data: %s, config-file: %s, port: %d }
                """
                        .formatted(
                                pair.data("a"),
                                pair.settings("a"),
                                pair.spec("a").endpoint().port(),
                                node == 0 ? "near" : "far",
                                pair.data(dataOf),
                                pair.settings("b"),
                                portOfB),
                user,
                password);
    }

    private static ShoestringConfig config(String members, String user, Path password)
            throws Exception {
        Path file = directory.resolve("shoestring.yaml");
        Files.writeString(
                file,
                """
                cluster:
                  name: test
                  nodes: { near: 127.0.0.1, far: 127.0.0.9 }
                  directory: state
                databases:
                  shop:
                    engine: mariadb
                    superuser: { name: %s, password-file: %s }
                    members:
                %s
                """
                        .formatted(user, password, members.indent(6)));
        ConfigReader.Result result = ConfigReader.read(file);
        assertThat(result).isInstanceOf(ConfigReader.Sound.class);
        return ((ConfigReader.Sound) result).config();
    }

    private static Facts gather(ShoestringConfig config) {
        return new Survey(config, Clock.system(), WallClock.system(), List.of())
                .gather(Optional.empty());
    }

    private static Report examine() throws Exception {
        return Doctor.examine(gather(config()));
    }

    private static String found(ShoestringConfig config, String id) {
        return found(Doctor.examine(gather(config)), id);
    }

    private static String found(Report report, String id) {
        return report.findings().stream()
                .filter(finding -> finding.check().equals(id))
                .map(finding -> String.join(",", finding.subjects()) + ": " + finding.found())
                .collect(Collectors.joining("\n"));
    }

    /** Waits until each of these is found, with these words. */
    private static Report awaitFound(Map<String, String> expected) {
        Report[] last = new Report[1];
        await().atMost(PATIENCE)
                .untilAsserted(
                        () -> {
                            last[0] = examine();
                            expected.forEach(
                                    (id, words) ->
                                            assertThat(found(last[0], id))
                                                    .as("%s in %s", id, last[0].findings())
                                                    .contains(words));
                        });
        return last[0];
    }

    private static void awaitGone(Set<String> ids) {
        await().atMost(PATIENCE)
                .untilAsserted(
                        () -> {
                            Report report = examine();
                            assertThat(
                                            report.findings().stream()
                                                    .filter(f -> ids.contains(f.check()))
                                                    .filter(f -> !NATURAL.contains(f.check())))
                                    .as(report.findings().toString())
                                    .isEmpty();
                        });
    }

    /** Sees all of these found, runs each command that is told, and sees nothing of it left. */
    private static void mends(Map<String, String> expected) {
        mend(awaitFound(expected), expected.keySet());
        awaitGone(expected.keySet());
    }

    /** What a person would do: copies each command, up to where it says what to do next. */
    private static void mend(Report report, Set<String> ids) {
        report.findings().stream()
                .filter(finding -> ids.contains(finding.check()))
                .map(Finding::mend)
                .flatMap(List::stream)
                .map(command -> command.substring(0, command.lastIndexOf('"') + 1))
                .distinct()
                .peek(command -> assertThat(command).startsWith("mariadb "))
                .map(command -> command.replace(" -p ", " "))
                .forEach(
                        command ->
                                Program.run(
                                                directory,
                                                List.of(
                                                        "sh",
                                                        "-c",
                                                        "MYSQL_PWD=\"$(cat "
                                                                + secret()
                                                                + ")\" "
                                                                + command))
                                        .sound());
    }

    private static String mendOf(Report report, String id) {
        return report.findings().stream()
                .filter(finding -> finding.check().equals(id))
                .findFirst()
                .orElseThrow()
                .mend()
                .getFirst();
    }
}
