package io.shoestring.database.postgresql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.shoestring.database.Outcome;
import io.shoestring.database.server.Account;
import io.shoestring.model.Action;
import io.shoestring.model.MemberName;
import io.shoestring.model.MemberState;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;

/** PostgreSQL 18, without the programs that copy and rewind: we do it ourselves, or do without. */
@Timeout(180)
class NewestVersionTest {
    private static final MemberName B = new MemberName("b");
    private static final MemberName C = new MemberName("c");

    private static TestDirectory directory;
    private static Path programs;

    @BeforeAll
    static void unpack() throws Exception {
        directory = new TestDirectory();
        programs = NewestPrograms.unpackInto(directory.path());
    }

    @AfterAll
    static void remove() throws Exception {
        directory.close();
    }

    @Test
    void aMemberIsCopiedPromotedAndReplacedWithoutAnyOtherProgram() throws Exception {
        try (TestCluster cluster = TestCluster.of(programs, "a", "b", "c")) {
            assertThat(Files.exists(programs.resolve("pg_basebackup"))).isFalse();
            cluster.startPrimary("a", 1);
            cluster.sql("a", "CREATE TABLE t (x int PRIMARY KEY, y text)");
            cluster.sql(
                    "a",
                    "INSERT INTO t SELECT n, repeat('x', 500) FROM generate_series(1, 20000) n");

            Path there = makeTablespace(cluster, "a", "ts-a");
            cluster.sql("a", "CREATE TABLESPACE ts LOCATION '" + there + "'");
            cluster.sql("a", "CREATE TABLE apart TABLESPACE ts AS SELECT 'in ts' AS x");
            Path here = linked(cluster, "b", "ts-b");

            Outcome copied = cluster.follow("b", "a", 1);
            assertThat(copied).as(copied.sentence()).isInstanceOf(Outcome.Done.class);
            assertThat(copied.sentence()).contains("was cloned from a");
            cluster.sql("a", "INSERT INTO t VALUES (0, 'later')");
            awaitRows(cluster, "b", 20001);
            assertThat(cluster.data("b").resolve("backup_manifest")).isNotEmptyFile();
            assertThat(cluster.value("b", "SELECT x FROM apart")).isEqualTo("in ts");
            assertThat(here).isNotEmptyDirectory();
            cluster.sql("a", "DROP TABLE apart");
            cluster.sql("a", "DROP TABLESPACE ts");

            Outcome fromReplica = cluster.followCopying("c", "a", "b", 1);
            assertThat(fromReplica).as(fromReplica.sentence()).isInstanceOf(Outcome.Done.class);
            assertThat(fromReplica.sentence()).contains("was cloned from b");
            awaitRows(cluster, "c", 20001);

            // What only a has when it dies is kept aside; b, whose log ends before, just follows c.
            cluster.done(new Action.Stop(B, "test"));
            cluster.done(new Action.Promote(C, 2, "test"));
            cluster.sql("a", "INSERT INTO t VALUES (-1, 'only here')");
            cluster.killMainProcess("a");
            await().until(() -> !cluster.runs("a"));
            cluster.followed("b", "c", 2);
            Outcome back = cluster.follow("a", "c", 2);
            assertThat(back).as(back.sentence()).isInstanceOf(Outcome.Done.class);
            assertThat(back.sentence())
                    .contains("pg_rewind is not installed", "was cloned from c", "kept in");
            cluster.sql("c", "INSERT INTO t VALUES (-2, 'new')");
            awaitRows(cluster, "a", 20002);
            awaitRows(cluster, "b", 20002);
            assertThat(((MemberState.Replica) cluster.state("a")).attached()).isTrue();
        }
    }

    /** Whoever reads the changes goes on where it was, at the new primary and at the one after. */
    @Test
    void aLogicalSlotFollowsASwitchoverAndTheWayBack() throws Exception {
        try (TestCluster cluster = TestCluster.of(programs, "a", "b")) {
            String version = Files.readString(cluster.data("a").resolve("PG_VERSION")).strip();
            assumeTrue(Integer.parseInt(version) >= 17);
            Files.writeString(
                    cluster.data("a").resolve("postgresql.conf"),
                    "wal_level = logical\nhot_standby_feedback = on\nsync_replication_slots = on\n",
                    StandardOpenOption.APPEND);
            cluster.startPrimary("a", 1);
            cluster.followed("b", "a", 1);
            cluster.synchronous("a", 1, "b");
            assertThat(cluster.value("a", "SHOW synchronized_standby_slots"))
                    .isEqualTo("shoestring_b");
            cluster.sql("a", "CREATE TABLE t (x text)");
            cluster.value(
                    "a",
                    "SELECT pg_create_logical_replication_slot('reader', 'test_decoding',"
                            + " false, false, true)");
            awaitCopied(cluster, "a", "b");

            cluster.sql("a", "INSERT INTO t VALUES ('first')");
            cluster.done(new Action.Stop(new MemberName("a"), "test"));
            cluster.done(new Action.Promote(B, 2, "test"));
            assertThat(changes(cluster, "b")).contains("'first'");
            cluster.followed("a", "b", 2);
            awaitCopied(cluster, "b", "a");

            cluster.sql("b", "INSERT INTO t VALUES ('second')");
            cluster.done(new Action.Stop(B, "test"));
            cluster.done(new Action.Promote(new MemberName("a"), 3, "test"));
            assertThat(changes(cluster, "a")).contains("'second'").doesNotContain("'first'");
        }
    }

    /** A slot is copied when the primary's has moved past what the replica keeps. */
    private static void awaitCopied(TestCluster cluster, String primary, String replica) {
        await().atMost(Duration.ofSeconds(60))
                .untilAsserted(
                        () -> {
                            cluster.sql(primary, "SELECT pg_log_standby_snapshot()");
                            changes(cluster, primary);
                            assertThat(
                                            cluster.value(
                                                    replica,
                                                    "SELECT count(*) FROM pg_replication_slots"
                                                            + " WHERE slot_name = 'reader' AND"
                                                            + " synced AND NOT temporary"))
                                    .isEqualTo("1");
                        });
    }

    private static String changes(TestCluster cluster, String member) throws Exception {
        return cluster.value(
                member,
                "SELECT coalesce(string_agg(data, ' '), '')"
                        + " FROM pg_logical_slot_get_changes('reader', NULL, NULL)");
    }

    private static Path makeTablespace(TestCluster cluster, String member, String name)
            throws Exception {
        Path directory = cluster.directory().resolve(name);
        Account.ownerOf(cluster.data(member)).makeDirectory(directory);
        return directory;
    }

    /** On one machine each member needs a place of its own: as if a copy had been cut off. */
    private static Path linked(TestCluster cluster, String member, String name) throws Exception {
        Path here = makeTablespace(cluster, member, name);
        Path links = makeTablespace(cluster, member, member + "/pg_tblspc");
        String oid = cluster.value("a", "SELECT oid FROM pg_tablespace WHERE spcname = 'ts'");
        Files.createSymbolicLink(links.resolve(oid), here);
        Files.writeString(new DataDirectory(cluster.data(member)).cloning(), "cut off");
        return here;
    }

    private static void awaitRows(TestCluster cluster, String name, int rows) {
        await().atMost(Duration.ofSeconds(30))
                .ignoreExceptions()
                .untilAsserted(
                        () ->
                                assertThat(cluster.value(name, "SELECT count(*) FROM t"))
                                        .isEqualTo(String.valueOf(rows)));
    }
}
